/** Where Anthropic's blocks keep the proof of reasoning, ours for other dialects included. */
import type { Proof } from "../../conversation.ts";
import { packProof, unpackProof } from "../proof.ts";

const OWN = "anthropic";

/**
 * Stands where a signature must stand and none exists. It bears our mark, so that a native provider, which would
 * refuse the block, never sees it.
 */
export const UNPROVEN = packProof({ of: "openai", data: "" }, OWN);

/** The `signature` or `data` of a block; undefined: it proves nothing. */
export function readProof(value: unknown): Proof | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  const proof = unpackProof(value, OWN);
  return proof.data === "" ? undefined : proof;
}

/** Text for the `signature` or `data` of a block that a client gets. */
export function writeProof(proof: Proof | undefined): string {
  return proof === undefined || proof.data === "" ? UNPROVEN : packProof(proof, OWN);
}
