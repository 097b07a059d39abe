/** A provider that needs no network and no key; every answer says that it is simulated. */
import { createOrigin } from "../simulated/origin.ts";
import { openai } from "./openai.ts";
import type { ProviderKind } from "./provider.ts";

/** Answers in the process itself, deterministically; has no models to discover. */
export const simulated: ProviderKind = {
  ...openai,
  vendor: undefined,
  kind: "simulated",
  // Never asked: `origin` answers. The top-level name is reserved (RFC 2606).
  defaultBaseUrl: "https://simulated.invalid/v1",
  discovery: undefined,
  origin: createOrigin(),
};
