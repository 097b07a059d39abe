/** The instruction of who plans, with the headings that the request wants. */
import type { Orchestration } from "../orchestration.ts";
import type { Prompt } from "./mode.ts";
import { fill, PLAN, SECTIONS } from "./prompts.ts";

/** A heading is one line, whatever it holds. */
export function planPrompt({ sections }: Orchestration): Prompt {
  const headings = sections.map((section) => `- ${section.replace(/\s+/g, " ").trim()}`).join("\n");
  return {
    instruction: fill(PLAN, { sections: headings === "" ? "" : fill(SECTIONS, { headings }) }),
  };
}
