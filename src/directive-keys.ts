/** What a directive may say: keys derived from the schemas of policy and orchestration, values, and who wins. */
import { z } from "zod";
import { type Pair, refuseDirective } from "./directive.ts";
import { LIMITS } from "./limits.ts";
import type { OrchestrationGiven } from "./orchestration.ts";
import type { PolicyGiven } from "./policy.ts";

/** Short form → key. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ["budget", "max_budget_usd"],
  ["latency", "max_latency_ms"],
  ["weight", "min_weight"],
  ["model", "model_hint"],
  ["critic", "review_model_id"],
  ["rounds", "iterations"],
  ["n", "candidates"],
  ["format", "output_format"],
]);

const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
/** A bare word is printable ASCII without quotes; a quoted text has no escapes. */
const WORD = /^[!#-~]+$/;
const QUOTED = /^"([^"\p{Cc}]*)"$/u;

type Value = string | number | boolean;
type Kind = "number" | "boolean" | "string" | "enum";
type Home = "policy" | "orchestration" | "modelHint";

/** One field that takes a key's value; of several the first that accepts it. */
interface Slot {
  readonly home: Home;
  readonly kind: Kind;
  readonly accepts: (value: Value) => boolean;
}

/** The keys, and the schemas that what they say must fit. Made by `directiveKeys`. */
export interface DirectiveKeys {
  readonly slots: ReadonlyMap<string, readonly Slot[]>;
  readonly policy: z.ZodType<PolicyGiven>;
  readonly orchestration: z.ZodType<OrchestrationGiven>;
}

/** What one directive says: key in its long form → value. */
export type Sayings = ReadonlyMap<string, Value>;

/** What directives ask for, in the shapes of other places. undefined: nothing. */
export interface Asked {
  readonly policy: PolicyGiven | undefined;
  readonly orchestration: OrchestrationGiven | undefined;
  /** Who is tried first, as `model_hint` of the envelope. */
  readonly modelHint: string | undefined;
}

/** Every number, boolean, text and choice of both schemas is a key; a field of an inner object is `outer.inner`. */
export function directiveKeys(
  policy: z.ZodObject & z.ZodType<PolicyGiven>,
  orchestration: z.ZodObject & z.ZodType<OrchestrationGiven>,
): DirectiveKeys {
  const slots = new Map<string, Slot[]>();
  addSlots(slots, { home: "policy", shape: policy.shape, prefix: "" });
  addSlots(slots, { home: "orchestration", shape: orchestration.shape, prefix: "" });
  const hint = z.object({ model_hint: z.string().min(1).max(LIMITS.modelIdCharsMax) });
  addSlots(slots, { home: "modelHint", shape: hint.shape, prefix: "" });
  return { slots, policy, orchestration };
}

function addSlots(
  slots: Map<string, Slot[]>,
  { home, shape, prefix }: { home: Home; shape: z.core.$ZodShape; prefix: string },
): void {
  for (const [name, field] of Object.entries(shape)) {
    const key = prefix + name;
    const schema = field instanceof z.ZodOptional ? field.unwrap() : field;
    const kind = kindOf(schema);
    if (schema instanceof z.ZodObject) {
      addSlots(slots, { home, shape: schema.shape, prefix: `${key}.` });
    } else if (kind !== undefined) {
      const accepts = (value: Value) => z.safeParse(schema, value).success;
      slots.set(key, [...(slots.get(key) ?? []), { home, kind, accepts }]);
    }
  }
}

/** undefined: no scalar. */
function kindOf(schema: unknown): Kind | undefined {
  if (schema instanceof z.ZodNumber) return "number";
  if (schema instanceof z.ZodBoolean) return "boolean";
  if (schema instanceof z.ZodString) return "string";
  return schema instanceof z.ZodEnum ? "enum" : undefined;
}

/**
 * Reads the pairs of one directive; keys that nothing takes are added to `unknown`.
 * @throws TokenhubError invalid_directive with the line of a value that its field does not take, or of a key that
 * is said twice, its short form included.
 */
export function readPairs(
  pairs: readonly Pair[],
  { keys, unknown }: { keys: DirectiveKeys; unknown: Set<string> },
): Sayings {
  const said = new Map<string, Value>();
  for (const { key, raw, line } of pairs) {
    const name = SHORT.get(key) ?? key;
    const slots = keys.slots.get(name);
    if (slots === undefined) {
      unknown.add(key);
      continue;
    }
    if (said.has(name)) refuseDirective(line, "a key is said twice");
    said.set(
      name,
      fittingValue(raw, slots) ?? refuseDirective(line, "the value does not fit its key"),
    );
  }
  return said;
}

/** undefined: no slot takes it. */
function fittingValue(raw: string, slots: readonly Slot[]): Value | undefined {
  for (const { kind, accepts } of slots) {
    const value = READERS[kind](raw);
    if (value !== undefined && accepts(value)) return value;
  }
  return undefined;
}

const READERS = {
  number: (raw) => (NUMBER.test(raw) ? Number(raw) : undefined),
  boolean: (raw) => BOOLEANS.get(raw.toLowerCase()),
  string: textOf,
  enum: (raw) => textOf(raw)?.toLowerCase(),
} as const satisfies Record<Kind, (raw: string) => Value | undefined>;

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["false", false],
]);

function textOf(raw: string): string | undefined {
  return WORD.test(raw) ? raw : QUOTED.exec(raw)?.[1];
}

/** Two directives as one: of numbers the stricter (the larger of weights, the smaller of all else), else `later`'s. */
export function mergeSayings(earlier: Sayings, later: Sayings): Sayings {
  const merged = new Map([...earlier, ...later]);
  for (const [key, one] of earlier) {
    const other = later.get(key);
    if (typeof one !== "number" || typeof other !== "number") continue;
    merged.set(key, key.endsWith("min_weight") ? Math.max(one, other) : Math.min(one, other));
  }
  return merged;
}

/** Puts each value into the first field that takes it: a name of both schemas is the request's one value. */
export function askedOf(said: Sayings, keys: DirectiveKeys): Asked {
  const homes: Record<Home, Record<string, unknown>> = {
    policy: {},
    orchestration: {},
    modelHint: {},
  };
  for (const [key, value] of said) {
    const slot = keys.slots.get(key)?.find(({ accepts }) => accepts(value));
    if (slot) put(homes[slot.home], key, value);
  }
  const { policy, orchestration, modelHint } = homes;
  const hint = modelHint.model_hint;
  return {
    policy: isEmpty(policy) ? undefined : keys.policy.parse(policy),
    orchestration: isEmpty(orchestration) ? undefined : keys.orchestration.parse(orchestration),
    modelHint: typeof hint === "string" ? hint : undefined,
  };
}

function isEmpty(home: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(home).length === 0;
}

/** `outer.inner` becomes an object within; schemas nest no deeper. */
function put(home: Record<string, unknown>, key: string, value: Value): void {
  const [outer = key, inner] = key.split(".");
  if (inner === undefined) {
    home[outer] = value;
    return;
  }
  const within = home[outer];
  home[outer] = { ...(typeof within === "object" ? within : {}), [inner]: value };
}
