/** Control data of a request: the body field `tokenhub`, the header, and directives in its text. */
import { z } from "zod";
import { directiveKeys } from "../directive-keys.ts";
import { TokenhubError } from "../errors.ts";
import { ORCHESTRATIONS } from "../modes/index.ts";
import {
  envelopeOrchestrationSchema,
  type OrchestrationGiven,
  orchestrationSchema,
} from "../orchestration.ts";
import { MODES } from "../policies/index.ts";
import { checkControl, type PolicyAsked, type PolicyGiven, policySchema } from "../policy.ts";
import { PIPELINES } from "../routing/alias.ts";
import type { Directives } from "../wire/directives.ts";

/** A policy as requests write it; only the modes that routing knows, and orchestrations. */
export const policyShape = policySchema([...MODES, ...PIPELINES]);

/** An orchestration as requests write it. */
export const orchestrationShape = orchestrationSchema(Object.keys(ORCHESTRATIONS));

/** An orchestration as the envelope writes it. */
export const envelopeOrchestrationShape = envelopeOrchestrationSchema(Object.keys(ORCHESTRATIONS));

/** What directives may say. */
export const DIRECTIVE_KEYS = directiveKeys(policyShape, orchestrationShape);

/** `tokenhub` in a body, `x-tokenhub-policy` in a header. */
export const controlShape = z.strictObject({
  policy: policyShape.optional(),
  orchestration: orchestrationShape.optional(),
  include_decision: z.boolean().optional(),
});

/** What one place says. */
export interface Said {
  readonly policy?: PolicyGiven | undefined;
  readonly orchestration?: OrchestrationGiven | undefined;
  readonly include_decision?: boolean | undefined;
}

/** What all places asked for. */
export interface Control {
  readonly policy: PolicyAsked;
  readonly orchestration: readonly OrchestrationGiven[];
  readonly includeDecision: boolean;
}

/** The header that carries control data. */
export const POLICY_HEADER = "x-tokenhub-policy";
const NONE: Control = {
  policy: { header: undefined, body: undefined },
  orchestration: [],
  includeDecision: false,
};

/** @throws TokenhubError invalid_field, invalid_value with the path, never the value. */
export function readControl(
  inBody: unknown,
  inHeader: string | undefined,
  directives: Pick<Directives, "policy" | "orchestration">,
): Control {
  const body = inBody === undefined ? undefined : checkControl(controlShape, inBody, "tokenhub");
  return combine(body, readHeader(inHeader), directives);
}

/** @throws TokenhubError as `readControl`. */
export function readHeader(inHeader: string | undefined): Said | undefined {
  if (inHeader === undefined) return undefined;
  return checkControl(controlShape, parse(inHeader), POLICY_HEADER);
}

/** The header's word counts before the body's, and that before a directive's. */
export function combine(
  body: Said | undefined,
  header: Said | undefined,
  directives: Pick<Directives, "policy" | "orchestration">,
): Control {
  if (!body && !header && !directives.policy && !directives.orchestration) return NONE;
  const places = [header, body, directives];
  const orchestration = places.flatMap((place) => place?.orchestration ?? []);
  const named = orchestration.find(({ mode }) => mode !== undefined)?.mode;
  const place = header?.orchestration?.mode
    ? "header"
    : body?.orchestration?.mode
      ? "body"
      : "directive";
  return {
    policy: {
      header: policyOf(header),
      body: policyOf(body),
      directive: policyOf(directives),
      pipeline: named === undefined ? undefined : { value: named, place },
    },
    orchestration,
    includeDecision: places.map(wantsDecision).find((one) => one !== undefined) ?? false,
  };
}

function wantsDecision(said: Said | undefined): boolean | undefined {
  return said?.include_decision ?? said?.orchestration?.include_decision;
}

/** Ceilings may stand in either object of one place; the stricter holds. */
function policyOf(said: Said | undefined): PolicyGiven | undefined {
  const { policy, orchestration } = said ?? {};
  if (orchestration?.max_budget_usd === undefined && orchestration?.max_latency_ms === undefined) {
    return policy;
  }
  return {
    ...policy,
    ...least("max_budget_usd", policy, orchestration),
    ...least("max_latency_ms", policy, orchestration),
  };
}

function least(
  field: "max_budget_usd" | "max_latency_ms",
  policy: PolicyGiven | undefined,
  orchestration: OrchestrationGiven,
): PolicyGiven {
  const values = [policy?.[field], orchestration[field]].filter((value) => value !== undefined);
  return values.length > 0 ? { [field]: Math.min(...values) } : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TokenhubError("invalid_value", {
      param: POLICY_HEADER,
      detail: "The header is not JSON.",
    });
  }
}
