/** What Tokenhub's own envelope answers, as `/openapi.json` describes it. */
import { z } from "zod";
import { ROLES } from "../modes/mode.ts";
import { orchestrationShape } from "./control.ts";

/** An OpenAI chat completion, as far as it is described. */
export const completionShape = z
  .looseObject({
    id: z.string(),
    object: z.literal("chat.completion"),
    model: z.string(),
    choices: z.array(z.unknown()),
  })
  .meta({
    id: "ChatCompletion",
    description: "OpenAI's chat completion; `model` is the public model id.",
  });

const modeShape = orchestrationShape.shape.mode.unwrap();

const stageShape = z
  .looseObject({
    role: z.enum(ROLES),
    round: z.int().min(0),
    index: z.int().min(0),
    model: z.string().optional(),
    provider: z.string().optional(),
    status: z.enum(["running", "ok", "failed", "dropped"]),
    failure: z.enum(["budget", "deadline", "failed", "dropped"]).optional(),
    prompt_tokens: z.int().optional(),
    completion_tokens: z.int().optional(),
    cost_usd: z.number().optional(),
    latency_ms: z.int().optional(),
    score: z.number().min(0).max(1).optional().meta({ description: "What critic or judge gave." }),
    attempts: z.array(z.unknown()),
  })
  .meta({ id: "Stage", description: "One model call." });

const orchestratedShape = z
  .object({
    mode: z.union([modeShape, z.literal("single")]),
    prompts_version: z.int(),
    trimmed: z
      .array(z.enum(["candidates", "rounds", "critic", "single"]))
      .optional()
      .meta({ description: "What was given up before it ran, step by step, so that it fits." }),
    stopped: z.enum(["budget", "deadline"]).optional(),
    why: z.string().optional().meta({ description: "Why this answer." }),
    reserved_usd: z.number().optional().meta({ description: "The worst case, held as one sum." }),
    stages: z.array(stageShape),
  })
  .meta({ id: "Orchestrated" });

const artifactsShape = z
  .object({
    stages: z.array(
      z.looseObject({ role: z.enum(ROLES), round: z.int(), text: z.string() }).meta({
        description: "What one stage said.",
      }),
    ),
    critiques: z.array(z.object({ round: z.int(), score: z.number(), text: z.string() })),
    why: z.string().optional(),
  })
  .meta({ id: "Artifacts", description: "With `orchestration.include_artifacts`." });

/** The answer of `/v1/chat` and `/v1/plan`. */
export const answerShape = z
  .object({
    request_id: z.string(),
    negotiated_model: z.string(),
    estimated_cost_usd: z.number().optional(),
    routing_reason: z.string(),
    response: completionShape,
    decision: z.looseObject({ mode: z.string(), orchestration: orchestratedShape.optional() }),
    artifacts: artifactsShape.optional(),
  })
  .meta({ id: "ChatAnswer" });
