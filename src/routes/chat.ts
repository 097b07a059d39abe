/** Tokenhub's own envelope: `POST /v1/chat`. */
import { z } from "zod";
import type { PolicyDefaults } from "../policy.ts";
import { checkControl } from "../policy.ts";
import type { Door } from "../request.ts";
import { documentOf } from "../wire/json.ts";
import { openai } from "../wire/openai/openai.ts";
import { frame } from "../wire/sse.ts";
import { policyShape, readControl } from "./control.ts";
import type { Understand } from "./door.ts";
import { summary, truth } from "./vendor.ts";

/** The body of `POST /v1/chat`; unknown fields are refused, except inside `parameters`. */
export const envelopeShape = z.strictObject({
  request: z.strictObject({
    id: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .meta({ description: "The client's own id, kept in the log." }),
    messages: z
      .array(z.unknown())
      .meta({ description: "OpenAI message shapes, parts and tools included." }),
    model_hint: z
      .string()
      .optional()
      .meta({ description: "A model, an alias, a virtual model, or `*`; tried first." }),
    estimated_input_tokens: z
      .int()
      .min(0)
      .optional()
      .meta({ description: "Raises our own estimate for routing; never used for billing." }),
    parameters: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: "Forwarded as they are: temperature, max_tokens, tools, …" }),
    stream: z.boolean().optional(),
    meta: z
      .record(z.string(), z.union([z.string().max(256), z.number(), z.boolean()]))
      .optional()
      .meta({ description: "Labels for the log; never forwarded." }),
  }),
  capabilities: z.strictObject({ planning: z.boolean().optional() }).optional(),
  policy: policyShape.optional(),
});

/** The envelope's answer, and its `tokenhub.decision` event before the end of a stream. */
const ENVELOPE: Door = {
  name: "chat",
  whole({ text, modelId }, told) {
    const { decision, ...rest } = summary(told);
    const response = openai.writeAnswer(text, { modelId });
    const open = JSON.stringify(rest).slice(0, -1);
    return `${open},"response":${response},"decision":${JSON.stringify(decision)}}`;
  },
  trailer: (told) =>
    truth(told) + frame({ event: "tokenhub.decision", data: JSON.stringify(summary(told)) }),
};

/** Reads the envelope: the hint is tried first and pins only on request; server targets apply. */
export function understandEnvelope(defaults: PolicyDefaults): Understand {
  return (document, header) => {
    const envelope = checkControl(envelopeShape, document.value, "");
    const { request } = envelope;
    const read = openai.readRequest(
      documentOf({
        ...request.parameters,
        model: request.model_hint ?? "*",
        messages: request.messages,
        stream: request.stream ?? false,
      }),
    );
    const hint = request.estimated_input_tokens ?? 0;
    const facts = { ...read.facts, promptTokens: Math.max(hint, read.facts.promptTokens) };
    const control = readControl(undefined, header("x-tokenhub-policy"));
    const planning =
      envelope.capabilities?.planning === true && envelope.policy?.mode === undefined;
    return {
      door: ENVELOPE,
      wire: openai,
      request: { ...read, facts },
      target: request.model_hint,
      namePins: false,
      policy: {
        header: control.policy.header,
        body: planning ? { ...envelope.policy, mode: "planning" } : envelope.policy,
      },
      defaults,
      meta: request.meta,
      clientRequestId: request.id,
    };
  };
}
