/** The policy of one request: its schema, and who wins when two places say different things (docs/ROUTING.md). */
import { z } from "zod";
import { nanoFromUsd } from "./cost.ts";
import { TokenhubError } from "./errors.ts";
import type { KeyRecord } from "./key.ts";

/** What one place (body, header, virtual model, key, server) asked for; every field optional. */
export interface PolicyGiven {
  readonly mode?: string;
  readonly max_budget_usd?: number;
  readonly max_latency_ms?: number;
  readonly min_weight?: number;
  readonly pin?: boolean;
  readonly labels?: readonly string[];
}

/** The policy in force. */
export interface Policy {
  readonly mode: string;
  /** Name of the orchestration that is asked for; undefined: one ask. */
  readonly pipeline: string | undefined;
  /** Explicit ceiling in nano-USD: a hard constraint. undefined: no limit on money. */
  readonly budgetNanoUsd: number | undefined;
  /** The key or its project has a budget: what is asked for must be bounded, and is held before it is spent. */
  readonly isMetered: boolean;
  /** Scale of the cost term when there is no ceiling (server default), nano-USD. */
  readonly budgetTargetNanoUsd: number | undefined;
  /** Explicit deadline: cuts the request. undefined: only the gateway's own clocks. */
  readonly latencyMs: number | undefined;
  /** Scale of the latency term when there is no deadline. */
  readonly latencyTargetMs: number | undefined;
  readonly minWeight: number;
  readonly pin: boolean;
  readonly labels: readonly string[];
  /** Field → where its value came from: `header`, `body`, `directive`, `model`, `key`, `server`. */
  readonly from: Readonly<Record<string, string>>;
}

/** Where a value of a policy came from. */
export type PolicyPlace = "header" | "body" | "directive" | "model" | "key" | "server";

/** What `settings.ts` gives for requests through Tokenhub's own envelope. */
export interface PolicyDefaults {
  readonly mode: string;
  readonly maxBudgetUsd: number;
  readonly maxLatencyMs: number;
}

/** Printable ASCII without the separators of headers and lists, so that a label can be told in a header. */
const LABEL = /^[\x21-\x2b\x2d-\x3a\x3c-\x7e]{1,64}$/;
/** More labels than any provider carries. */
const LABELS_MAX = 16;

/** Schema of `PolicyGiven`, strict; `modes` are the names that routing knows and those of orchestrations. */
export function policySchema(modes: readonly string[]) {
  return z.strictObject({
    mode: z.enum(modes).optional().meta({
      description: "Weight profile by which candidates are ordered, or an orchestration.",
    }),
    max_budget_usd: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .meta({ description: "Hard ceiling on the cost of this request; 0 = only free models." }),
    max_latency_ms: z
      .number()
      .min(1)
      .max(600_000)
      .optional()
      .meta({ description: "Deadline of this request." }),
    min_weight: z
      .number()
      .min(0)
      .max(10)
      .optional()
      .meta({ description: "No model below this weight is used." }),
    pin: z
      .boolean()
      .optional()
      .meta({ description: "Use only what the request names; never fall back to other models." }),
    labels: z
      .array(z.string().regex(LABEL))
      .max(LABELS_MAX)
      .optional()
      .meta({ description: "Labels that a provider must carry." }),
  });
}

/**
 * Parses a control object of ours found at `path` (empty: the body itself). Prototype keys are unknown fields of
 * a strict schema like any other.
 * @throws TokenhubError `invalid_field` or `invalid_value` with the path of the first fault, never a value.
 */
export function checkControl<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code !== "unrecognized_keys") {
    const param = joined(path, issue?.path ?? []);
    throw new TokenhubError("invalid_value", { param, detail: issue && `${issue.message}.` });
  }
  // A key is the client's text: it is named only when it is a plain word.
  const named = issue.keys.slice(0, 1).filter((key) => /^\w{1,64}$/.test(key));
  throw new TokenhubError("invalid_field", { param: joined(path, [...issue.path, ...named]) });
}

function joined(path: string, rest: readonly PropertyKey[]): string | undefined {
  const parts = [path, ...rest.map(String)].filter((part) => part !== "");
  return parts.length > 0 ? parts.join(".") : undefined;
}

/** What a request itself says, place by place. */
export interface PolicyAsked {
  readonly header: PolicyGiven | undefined;
  readonly body: PolicyGiven | undefined;
  readonly directive?: PolicyGiven | undefined;
  /** Orchestration named as such (`orchestration.mode`), the first of header, body, directive; undefined: none. */
  readonly pipeline?: Sourced<string> | undefined;
}

/** Everything that may say something about the policy of one request. */
export interface PolicyPlaces extends PolicyAsked {
  /** Mode of the virtual model that the request names; undefined: it names none, or `tokenhub/auto`. */
  readonly virtualMode: string | undefined;
  readonly key: KeyRecord;
  /** The most that the key may spend on this request, nano-USD; undefined: no budget of key or project. */
  readonly spendableNanoUsd: number | undefined;
  /** Targets of Tokenhub's own envelope; undefined on every other route. */
  readonly defaults: PolicyDefaults | undefined;
  /** The server's default mode; it applies on every route. */
  readonly serverMode: string;
  /** Modes that routing knows … */
  readonly modes: readonly string[];
  /** … and orchestrations that a mode may name; a key's default that is in neither is passed over. */
  readonly pipelines: readonly string[];
}

/**
 * Who wins: of numbers the strictest, of choices the first of header, body, directive, virtual model, key,
 * server; labels of all places together. Server defaults are targets that scale the score, never limits.
 */
export function resolvePolicy(places: PolicyPlaces): Policy {
  const { header, body, directive, defaults, spendableNanoUsd } = places;
  const { mode, pipeline } = resolveMode(places);
  const budget = ceiling(strictest(places, "max_budget_usd", Math.min), spendableNanoUsd);
  const latency = strictest(places, "max_latency_ms", Math.min);
  const weight = strictest(places, "min_weight", Math.max);
  const pin = first<boolean>([
    ["header", header?.pin],
    ["body", body?.pin],
    ["directive", directive?.pin],
  ]);
  const labels = union(header?.labels, body?.labels);
  const from: Record<string, PolicyPlace> = { mode: mode.place };
  // Set one by one: this runs for every request, and most say nothing.
  if (pipeline) from.orchestration = pipeline.place;
  if (budget || defaults) from.max_budget_usd = budget?.place ?? "server";
  if (latency || defaults) from.max_latency_ms = latency?.place ?? "server";
  if (weight) from.min_weight = weight.place;
  if (pin) from.pin = pin.place;
  if (labels.length > 0) from.labels = header?.labels?.length ? "header" : "body";
  return {
    mode: mode.value,
    pipeline: pipeline?.value,
    budgetNanoUsd: budget?.value,
    isMetered: spendableNanoUsd !== undefined,
    budgetTargetNanoUsd: defaults && nanoFromUsd(defaults.maxBudgetUsd),
    latencyMs: latency?.value,
    latencyTargetMs: defaults?.maxLatencyMs,
    minWeight: weight?.value ?? 0,
    pin: pin?.value ?? false,
    labels,
    from,
  };
}

/**
 * The profile, and the orchestration if there is one. One that is named as such counts first; else the first mode
 * that is named decides, and a virtual model's orchestration runs with the profile that was named before it.
 */
function resolveMode(places: PolicyPlaces): {
  readonly mode: Sourced<string>;
  readonly pipeline: Sourced<string> | undefined;
} {
  const { header, body, directive, virtualMode, key, modes, pipelines } = places;
  const isKnown = key.defaultMode !== undefined && isOneOf(key.defaultMode, modes, pipelines);
  const keyMode = isKnown ? key.defaultMode : undefined;
  const named: (readonly [PolicyPlace, string | undefined])[] = [
    ["header", header?.mode],
    ["body", body?.mode],
    ["directive", directive?.mode],
    ["model", virtualMode],
    ["key", keyMode],
  ];
  const server: Sourced<string> = { value: places.serverMode, place: "server" };
  const winner = first<string>(named) ?? server;
  if (modes.includes(winner.value)) {
    if (places.pipeline) return { mode: winner, pipeline: places.pipeline };
    const isVirtual = virtualMode !== undefined && !modes.includes(virtualMode);
    return {
      mode: winner,
      pipeline: isVirtual ? { value: virtualMode, place: "model" } : undefined,
    };
  }
  const profile = first<string>(
    named.map(([place, mode]) => [place, mode && modes.includes(mode) ? mode : undefined] as const),
  );
  return { mode: profile ?? server, pipeline: places.pipeline ?? winner };
}

function isOneOf(mode: string, ...tables: readonly (readonly string[])[]): boolean {
  return tables.some((table) => table.includes(mode));
}

/** In nano-USD; of two equal values the client's. */
function ceiling(
  given: Sourced<number> | undefined,
  spendableNanoUsd: number | undefined,
): Sourced<number> | undefined {
  const asked = given && { value: nanoFromUsd(given.value), place: given.place };
  if (spendableNanoUsd === undefined) return asked;
  if (asked && asked.value <= spendableNanoUsd) return asked;
  return { value: spendableNanoUsd, place: "key" };
}

function union(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): readonly string[] {
  return one && other ? [...new Set([...one, ...other])] : (one ?? other ?? []);
}

/** A value and where it came from. */
export interface Sourced<T> {
  readonly value: T;
  readonly place: PolicyPlace;
}

function first<T>(options: readonly (readonly [PolicyPlace, T | undefined])[]) {
  for (const [place, value] of options) {
    if (value !== undefined) return { value, place } satisfies Sourced<T>;
  }
  return undefined;
}

/** Of equal values the header's, then the body's. */
function strictest(
  { header, body, directive }: PolicyPlaces,
  field: "max_budget_usd" | "max_latency_ms" | "min_weight",
  stricter: (one: number, other: number) => number,
): Sourced<number> | undefined {
  let found: Sourced<number> | undefined;
  const hear = (place: PolicyPlace, value: number | undefined) => {
    if (value === undefined) return;
    if (found === undefined || stricter(found.value, value) !== found.value)
      found = { value, place };
  };
  hear("header", header?.[field]);
  hear("body", body?.[field]);
  hear("directive", directive?.[field]);
  return found;
}
