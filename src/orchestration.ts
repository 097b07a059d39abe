/** What a request says of how several models shall work together: its schema, and who wins (docs/ORCHESTRATION_DSL.md). */
import { z } from "zod";

/** Rounds after which a critic finds little that is new. */
export const ITERATIONS_MAX = 5;
/** One candidate would be no choice … */
export const CANDIDATES_MIN = 2;
/** … and more than eight cost more than they add. */
export const CANDIDATES_MAX = 8;
/** More headings than any plan needs. */
const SECTIONS_MAX = 16;
const SECTION_CHARS_MAX = 80;
const MODEL_ID_CHARS_MAX = 256;

/** Schema of `OrchestrationGiven`, strict; `modes` are the names of the modes' table. */
export function orchestrationSchema(modes: readonly string[]) {
  const modelId = z.string().min(1).max(MODEL_ID_CHARS_MAX);
  const weight = z.number().min(0).max(10);
  return z.strictObject({
    mode: z.enum(modes).optional().meta({ description: "How the models work together." }),
    iterations: z
      .int()
      .min(1)
      .max(ITERATIONS_MAX)
      .optional()
      .meta({ description: "Rounds of critique and revision." }),
    candidates: z
      .int()
      .min(CANDIDATES_MIN)
      .max(CANDIDATES_MAX)
      .optional()
      .meta({ description: "Answers that are asked for beside each other." }),
    primary_model_id: modelId.optional().meta({ description: "Who plans and answers." }),
    review_model_id: modelId.optional().meta({ description: "Who criticises and judges." }),
    candidate_model_ids: z.array(modelId).max(CANDIDATES_MAX).optional(),
    primary_min_weight: weight.optional(),
    review_min_weight: weight.optional(),
    return_plan_only: z.boolean().optional(),
    include_artifacts: z.boolean().optional(),
    include_decision: z.boolean().optional(),
    output_schema: z
      .union([z.record(z.string(), z.unknown()), z.string()])
      .optional()
      .meta({ description: "JSON Schema of the answer, as an object or as JSON text." }),
    output_format: z.enum(["json", "markdown"]).optional(),
    sections: z.array(z.string().min(1).max(SECTION_CHARS_MAX)).max(SECTIONS_MAX).optional(),
    max_budget_usd: z.number().min(0).max(100).optional(),
    max_latency_ms: z.number().min(1).max(600_000).optional(),
    stop_when: z.strictObject({ critic_score: z.number().min(0).max(1).optional() }).optional(),
  });
}

/** The same as Tokenhub's own envelope writes it: only there a plan can be left to run alone. */
export function envelopeOrchestrationSchema(modes: readonly string[]) {
  return orchestrationSchema(modes).extend({
    background: z
      .boolean()
      .optional()
      .meta({ description: "Answers 202 at once; `GET /v1/plan/{id}` tells what became of it." }),
  });
}

/** What one place (body, header, directive) asked for. */
export type OrchestrationGiven = z.infer<ReturnType<typeof orchestrationSchema>>;

/** The plan in force. */
export interface Orchestration {
  /** A row of the modes' table. */
  readonly mode: string;
  /** 1–5. */
  readonly iterations: number;
  /** 2–8. */
  readonly candidates: number;
  readonly primaryModelId: string | undefined;
  readonly reviewModelId: string | undefined;
  /** Asked in this order; fewer than `candidates`: routing chooses the others. */
  readonly candidateModelIds: readonly string[];
  /** 0–10; undefined: the policy's own. */
  readonly primaryMinWeight: number | undefined;
  readonly reviewMinWeight: number | undefined;
  readonly planOnly: boolean;
  readonly includeArtifacts: boolean;
  /** Headings that a plan must have. */
  readonly sections: readonly string[];
  /** A critic's score from which on nothing is revised any more, 0–1; undefined: `STOP_SCORE` of its mode. */
  readonly stopScore: number | undefined;
  /** Trimmed: the critic or judge need not be the stronger one. */
  readonly isReviewCheap: boolean;
  /** Trimmed: one ask. */
  readonly isSingle: boolean;
}

/** Rounds and candidates where nobody says how many. */
const ITERATIONS_DEFAULT = 2;
const CANDIDATES_DEFAULT = 3;

/** In the order in which they win: header, body, directive. `mode` is what the policy's precedence came to. */
export function resolveOrchestration(
  mode: string,
  places: readonly (OrchestrationGiven | undefined)[],
): Orchestration {
  const given = places.filter((place) => place !== undefined);
  const pick = <K extends keyof OrchestrationGiven>(field: K): OrchestrationGiven[K] | undefined =>
    given.find((place) => place[field] !== undefined)?.[field];
  const strictest = (field: "primary_min_weight" | "review_min_weight") => {
    const weights = given.flatMap((place) => place[field] ?? []);
    return weights.length > 0 ? Math.max(...weights) : undefined;
  };
  const fewest = (field: "iterations" | "candidates", fallback: number) => {
    const numbers = given.flatMap((place) => place[field] ?? []);
    return numbers.length > 0 ? Math.min(...numbers) : fallback;
  };
  const candidateModelIds = pick("candidate_model_ids") ?? [];
  const named = candidateModelIds.length;
  return {
    mode,
    iterations: fewest("iterations", ITERATIONS_DEFAULT),
    candidates: fewest("candidates", named >= CANDIDATES_MIN ? named : CANDIDATES_DEFAULT),
    primaryModelId: pick("primary_model_id"),
    reviewModelId: pick("review_model_id"),
    candidateModelIds,
    primaryMinWeight: strictest("primary_min_weight"),
    reviewMinWeight: strictest("review_min_weight"),
    planOnly: pick("return_plan_only") ?? false,
    includeArtifacts: pick("include_artifacts") ?? false,
    sections: pick("sections") ?? [],
    stopScore: pick("stop_when")?.critic_score,
    isReviewCheap: false,
    isSingle: false,
  };
}
