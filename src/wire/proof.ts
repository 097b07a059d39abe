/** Signatures and encrypted reasoning of one dialect, carried through another without losing whose they are. */
import { DIALECTS, type Dialect } from "../chat.ts";
import type { Proof } from "../conversation.ts";

/** No provider's own proofs begin like this. */
const MARK = "thk1.";

/** As text in a place of the dialect `own`: its own proofs as they are, foreign ones marked. */
export function packProof(proof: Proof, own: Dialect): string {
  return proof.of === own ? proof.data : `${MARK}${proof.of}.${proof.data}`;
}

/** The text that stood in a place of the dialect `own`; what bears no mark of ours is its own. */
export function unpackProof(text: string, own: Dialect): Proof {
  if (!text.startsWith(MARK)) return { of: own, data: text };
  const end = text.indexOf(".", MARK.length);
  const of = DIALECTS.find((dialect) => dialect === text.slice(MARK.length, end));
  return of === undefined || end < 0 ? { of: own, data: text } : { of, data: text.slice(end + 1) };
}
