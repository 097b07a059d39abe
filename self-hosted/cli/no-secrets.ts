/** Secrets are no arguments, and what looks like one is not repeated. */
import type { Command } from "commander";
import type { CliWorld } from "./world.ts";

/** One line of what commander says, without values that stood where none belongs. */
export function wrongLine(text: string): string {
  return text
    .trim()
    .replace(/^error: /, "")
    .replace(/unknown option '(--[^=\n]*|-[^-])[^\n]*'/, "unknown option '$1'")
    .replaceAll("\n", " ");
}

const NEVER_ARGUMENTS =
  "Passwords and keys are typed or piped in, never arguments: those stay in the shell's history.";

/** A command that takes secrets: whoever gives it too much learns how they are given. */
export function withoutArguments(command: Command, world: CliWorld): Command {
  return command.configureOutput({
    outputError: (text) => {
      const isSurplus = /too many arguments|unknown option/.test(text);
      world.tell(`tokenhub: ${wrongLine(text)}${isSurplus ? ` ${NEVER_ARGUMENTS}` : ""}`);
    },
  });
}
