import type { Dialect } from "../chat.ts";
import { anthropic } from "./anthropic/anthropic.ts";
import { embeddings } from "./embeddings/embeddings.ts";
import { openai } from "./openai/openai.ts";
import { responses } from "./responses/responses.ts";
import type { Wire } from "./wire.ts";

/** Every dialect that Tokenhub speaks, to clients and to providers. */
export const WIRES: Readonly<Record<Dialect, Wire>> = { openai, anthropic, responses, embeddings };
