/** Tokenhub's own envelope: `POST /v1/chat`. */
import { z } from "zod";
import type { PolicyDefaults } from "../policy.ts";
import { checkControl } from "../policy.ts";
import type { Door } from "../request.ts";
import { PIPELINES } from "../routing/alias.ts";
import { readDirectives } from "../wire/directives.ts";
import { documentOf } from "../wire/json.ts";
import { openai } from "../wire/openai/openai.ts";
import { frame } from "../wire/sse.ts";
import {
  combine,
  DIRECTIVE_KEYS,
  envelopeOrchestrationShape,
  POLICY_HEADER,
  policyShape,
  readHeader,
} from "./control.ts";
import type { Understand } from "./door.ts";
import { outputFormatShape, outputSchemaShape, shapeOf } from "./output-shape.ts";
import { hint, summary, truth } from "./vendor.ts";

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
    output_schema: outputSchemaShape.optional(),
    meta: z
      .record(z.string(), z.union([z.string().max(256), z.number(), z.boolean()]))
      .optional()
      .meta({ description: "Labels for the log; never forwarded." }),
  }),
  capabilities: z.strictObject({ planning: z.boolean().optional() }).optional(),
  policy: policyShape.optional(),
  orchestration: envelopeOrchestrationShape.optional(),
  output_format: outputFormatShape.optional(),
});

/** The envelope's answer, and its `tokenhub.decision` event before the end of a stream. */
const ENVELOPE: Door = {
  name: "chat",
  whole({ text, modelId }, told) {
    const { decision, artifacts, ...rest } = summary(told);
    const response = openai.writeAnswer(text, { modelId });
    const open = JSON.stringify(rest).slice(0, -1);
    const who = artifacts === undefined ? "" : `,"artifacts":${JSON.stringify(artifacts)}`;
    return `${open},"response":${response},"decision":${JSON.stringify(decision)}${who}}`;
  },
  trailer: (told) =>
    truth(told) + frame({ event: "tokenhub.decision", data: JSON.stringify(summary(told)) }),
  stage: (event) => frame({ event: "tokenhub.stage", data: JSON.stringify(event) }),
};

/** The same for `/v1/plan`. */
const PLAN: Door = { ...ENVELOPE, name: "plan" };

/** Reads the envelope: the hint is tried first and pins only on request; server targets apply. */
export function understandEnvelope(defaults: PolicyDefaults): Understand {
  return (document, header, { inband }) => {
    const envelope = checkControl(envelopeShape, document.value, "");
    const { request } = envelope;
    const written = documentOf({
      ...request.parameters,
      model: request.model_hint ?? "*",
      messages: request.messages,
      stream: request.stream ?? false,
    });
    const inner = readDirectives(written, { dialect: "openai", inband, keys: DIRECTIVE_KEYS });
    const { directives, suspect } = inner;
    const read = openai.readRequest(inner.document);
    const tokens = request.estimated_input_tokens ?? 0;
    const facts = { ...read.facts, promptTokens: Math.max(tokens, read.facts.promptTokens) };
    const planning =
      envelope.capabilities?.planning === true && envelope.policy?.mode === undefined;
    const control = combine(
      {
        policy: planning ? { ...envelope.policy, mode: "planning" } : envelope.policy,
        orchestration: envelope.orchestration,
      },
      readHeader(header(POLICY_HEADER)),
      directives,
    );
    return {
      door: ENVELOPE,
      wire: openai,
      request: { ...read, facts, ...(suspect && { suspect }) },
      namePins: false,
      ...hint(request.model_hint, control.policy, directives.modelHint),
      orchestration: control.orchestration,
      shape: shapeOf({
        format: envelope.output_format,
        schema: request.output_schema,
        orchestration: control.orchestration,
        prefix: "",
      }),
      ...(envelope.orchestration?.background && {
        background: { body: document.text, policyHeader: header(POLICY_HEADER) },
      }),
      directives,
      defaults,
      meta: request.meta,
      clientRequestId: request.id,
    };
  };
}

/** The same envelope; where nothing else is asked for, one strong model plans. */
export function understandPlan(defaults: PolicyDefaults): Understand {
  const understand = understandEnvelope(defaults);
  return (document, header, key) => {
    const understood = understand(document, header, key);
    const { policy } = understood;
    const places = [policy.header, policy.body, policy.directive];
    const isNamed =
      policy.pipeline !== undefined ||
      places.some((place) => place?.mode !== undefined && PIPELINES.includes(place.mode));
    const pipeline = { value: "planning", place: "server" } as const;
    return { ...understood, door: PLAN, policy: isNamed ? policy : { ...policy, pipeline } };
  };
}
