/** The vendors' own routes: chat completions, messages, responses, embeddings. */
import { usdFromNano } from "../cost.ts";
import { costText } from "../decision-view.ts";
import type { Door, Told } from "../request.ts";
import { frame } from "../wire/sse.ts";
import type { Wire } from "../wire/wire.ts";
import { readControl } from "./control.ts";
import type { Understand } from "./door.ts";

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
  };
}

/** Reads requests of this dialect: a registered model id pins. `name` is the door's in log and metrics. */
export function understandVendor(wire: Wire, name: string): Understand {
  const plain = door(wire, name, false);
  const telling = door(wire, name, true);
  return (document, header) => {
    const request = wire.readRequest(document);
    const control = readControl(request.control, header("x-tokenhub-policy"));
    return {
      door: control.includeDecision ? telling : plain,
      wire,
      request,
      target: request.target,
      namePins: true,
      policy: control.policy,
      defaults: undefined,
      meta: undefined,
    };
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
