import type { Dialect } from "../chat.ts";
import { openai } from "./openai.ts";
import type { Wire } from "./wire.ts";

/** Every dialect that Tokenhub speaks, to clients and to providers. */
export const WIRES = { openai } as const satisfies Record<Dialect, Wire>;
