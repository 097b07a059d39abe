/** The vendors' own routes: chat completions, messages, responses, embeddings. */
import { usdFromNano } from "../cost.ts";
import { costText } from "../decision-view.ts";
import type { PolicyAsked } from "../policy.ts";
import type { Door, Told } from "../request.ts";
import { isVirtual, VIRTUAL_MODELS } from "../routing/alias.ts";
import { readDirectives } from "../wire/directives.ts";
import { frame } from "../wire/sse.ts";
import type { Wire } from "../wire/wire.ts";
import { DIRECTIVE_KEYS, readControl } from "./control.ts";
import type { Understand } from "./door.ts";
import { shapeOf } from "./output-shape.ts";

/** How answers are worded; the body is the dialect's own unless the decision was asked for. */
function door(wire: Wire, name: string, includeDecision: boolean): Door {
  return {
    name,
    isFree: wire.estimate !== undefined,
    whole: ({ text, modelId }, told) =>
      wire.writeAnswer(text, {
        modelId,
        extra: includeDecision ? { tokenhub: summary(told) } : undefined,
      }),
    trailer: (told) =>
      truth(told) +
      (includeDecision
        ? frame({ event: "tokenhub.decision", data: JSON.stringify(summary(told)) })
        : ""),
    // A comment: official clients read past it.
    stage: (event) => `: tokenhub stage=${JSON.stringify(event)}\n\n`,
  };
}

/** Reads requests of this dialect: a registered model id pins. `name` is the door's in log and metrics. */
export function understandVendor(wire: Wire, name: string): Understand {
  const plain = door(wire, name, false);
  const telling = door(wire, name, true);
  return (document, header, { inband }) => {
    const read = readDirectives(document, { dialect: wire.dialect, inband, keys: DIRECTIVE_KEYS });
    const { directives, suspect } = read;
    const request = wire.readRequest(read.document);
    const control = readControl(request.control, header("x-tokenhub-policy"), directives);
    const hinted = hint(request.target, control.policy, directives.modelHint);
    return {
      door: control.includeDecision ? telling : plain,
      wire,
      request: suspect ? { ...request, suspect } : request,
      namePins: true,
      ...hinted,
      orchestration: control.orchestration,
      shape: shapeOf({ orchestration: control.orchestration, prefix: "tokenhub." }),
      directives,
      defaults: undefined,
      meta: undefined,
    };
  };
}

/**
 * Whom the request names. A directive names a model where the client left the choice to us: it is tried first, and
 * the virtual model's mode stays.
 */
export function hint(
  target: string | undefined,
  policy: PolicyAsked,
  modelHint: string | undefined,
): { target: string | undefined; namePins?: boolean; policy: PolicyAsked } {
  if (modelHint === undefined || (target !== undefined && !isVirtual(target)))
    return { target, policy };
  const mode = policy.directive?.mode ?? VIRTUAL_MODELS.get(target ?? "*");
  return {
    target: modelHint,
    namePins: false,
    policy: mode === undefined ? policy : { ...policy, directive: { ...policy.directive, mode } },
  };
}

/** What the gateway says of a choice, beside the answer itself. */
export function summary(told: Told): Record<string, unknown> {
  return {
    request_id: told.requestId,
    negotiated_model: told.modelId(),
    estimated_cost_usd: usd(told.costNanoUsd()),
    routing_reason: told.reason(),
    decision: told.decision(),
    artifacts: told.artifacts?.(),
  };
}

function usd(costNanoUsd: number | undefined): number | undefined {
  return costNanoUsd === undefined ? undefined : usdFromNano(costNanoUsd);
}

/** The comment before a stream's terminator: what its headers could not know yet. */
export function truth(told: Told): string {
  const headers = told.headers("");
  return `: tokenhub model=${headers["x-tokenhub-model"]} provider=${headers["x-tokenhub-provider"]} cost_usd=${costText(told.costNanoUsd())}\n\n`;
}
