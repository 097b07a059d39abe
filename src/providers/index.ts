/** Every provider kind by name; schemas and documents derive from this table. */
import { anthropic } from "./anthropic.ts";
import { openai } from "./openai.ts";
import type { ProviderKind } from "./provider.ts";
import { simulated } from "./simulated.ts";
import { vllm } from "./vllm.ts";

/** `provider.kind` → how it is reached. */
export const PROVIDERS = { openai, anthropic, vllm, simulated } as const satisfies Record<
  string,
  ProviderKind
>;

export type ProviderKindName = keyof typeof PROVIDERS;
