/** Control data of the vendors' dialects: the body field `tokenhub` or the header, the same JSON. */
import { z } from "zod";
import { TokenhubError } from "../errors.ts";
import { MODES } from "../policies/index.ts";
import { checkControl, type PolicyGiven, policySchema } from "../policy.ts";

/** A policy as requests write it; only the modes that routing knows. */
export const policyShape = policySchema(MODES);

/** `tokenhub` in a body, `x-tokenhub-policy` in a header. */
export const controlShape = z.strictObject({
  policy: policyShape.optional(),
  include_decision: z.boolean().optional(),
});

/** What both places asked for; the header's word on `include_decision` counts first. */
export interface Control {
  readonly policy: {
    readonly header: PolicyGiven | undefined;
    readonly body: PolicyGiven | undefined;
  };
  readonly includeDecision: boolean;
}

const NONE: Control = { policy: { header: undefined, body: undefined }, includeDecision: false };

/** @throws TokenhubError invalid_field, invalid_value with the path, never the value. */
export function readControl(inBody: unknown, inHeader: string | undefined): Control {
  if (inBody === undefined && inHeader === undefined) return NONE;
  const body = inBody === undefined ? undefined : checkControl(controlShape, inBody, "tokenhub");
  const header =
    inHeader === undefined ? undefined : checkControl(controlShape, parse(inHeader), HEADER);
  return {
    policy: { header: header?.policy, body: body?.policy },
    includeDecision: header?.include_decision ?? body?.include_decision ?? false,
  };
}

const HEADER = "x-tokenhub-policy";

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TokenhubError("invalid_value", { param: HEADER, detail: "The header is not JSON." });
  }
}
