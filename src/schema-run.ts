/** How a value is held against a compiled JSON Schema: one walk that counts its steps. */

/** Work that one validation may do; the slowest schemas and values we found take about 100 ms for it. */
export const STEPS_MAX = 2_000_000;
/** Paths that are told; more help nobody to mend a text. */
export const PROBLEMS_MAX = 16;
/** Schemas within each other on one way down, references included; keeps the stack small in both homes. */
const NESTED_MAX = 400;
/** What taking one member out of an object costs beside the other steps. */
const MEMBER_STEPS = 8;
/** Levels of a value that is compared as a whole. */
const VALUE_DEPTH_MAX = 200;

/** The way from the root to a value; undefined: the root itself. */
export interface Path {
  readonly parent: Path | undefined;
  readonly key: string | number;
}

/** Members and items that some schema of a place has looked at; what `unevaluated…` leaves alone. */
export interface Seen {
  readonly keys: Set<string>;
  readonly items: Set<number>;
}

/** A value and where it stands. */
export interface Place {
  readonly value: unknown;
  readonly path: Path | undefined;
  readonly seen: Seen;
}

/** One keyword, compiled: does the value fit? Tells the path when it does not, unless the run is quiet. */
export type Check = (place: Place, run: Run) => boolean;

/** One schema, compiled. Its members are filled in after it is made, so that it may hold itself. */
export interface Node {
  readonly checks: Check[];
  /** Schemas that hold for the same value: they must not come back to this one. */
  readonly inPlace: Node[];
}

/** An object's members; taking them out of a large object is slow. */
export type Members = readonly (readonly [key: string, value: unknown])[];

/** What one validation has done so far. */
export interface Run {
  steps: number;
  nested: number;
  /** Above 0: somebody only wants to know whether, not where. */
  quiet: number;
  readonly problems: Set<string>;
  /** Of objects and lists that were looked at before: their members, and their canonical text. */
  readonly members: Map<object, Members>;
  readonly texts: Map<object, string>;
  /** Is there an `unevaluated…` anywhere? Otherwise nobody keeps what was seen. */
  readonly tracks: boolean;
}

/** At its beginning. */
export function startRun(tracks: boolean): Run {
  const nothing = { problems: new Set<string>(), members: new Map(), texts: new Map() };
  return { steps: 0, nested: 0, quiet: 0, tracks, ...nothing };
}

/** Thrown when a run has told enough, or has no steps left. Caught where the run began. */
export class RunEnded extends Error {}

/** Counts work. @throws RunEnded with the place told when there is no more to spend. */
export function spend(run: Run, steps: number, path: Path | undefined): void {
  run.steps += steps;
  if (run.steps > STEPS_MAX) giveUp(run, path);
}

function giveUp(run: Run, path: Path | undefined): never {
  run.problems.add(pathText(path));
  throw new RunEnded();
}

/** Tells that the value at `path` does not fit. @throws RunEnded when enough is told. */
export function tell(run: Run, path: Path | undefined): false {
  if (run.quiet > 0) return false;
  run.problems.add(pathText(path));
  if (run.problems.size >= PROBLEMS_MAX) throw new RunEnded();
  return false;
}

/** A key as it is told; `*` when it is no plain word: it is somebody's text. */
export function plainKey(key: string | number): string {
  return /^[\w$-]{1,64}$/.test(`${key}`) ? `${key}` : "*";
}

/** Dotted, `steps.3.title`; the root is `$`. */
function pathText(path: Path | undefined): string {
  const keys: string[] = [];
  for (let step = path; step !== undefined; step = step.parent) keys.push(plainKey(step.key));
  return keys.length === 0 ? "$" : keys.reverse().join(".");
}

/** Nothing seen yet. */
export function unseen(): Seen {
  return { keys: new Set(), items: new Set() };
}

/** A member or an item of a place. */
export function below(place: Place, key: string | number, value: unknown): Place {
  return { value, path: { parent: place.path, key }, seen: unseen() };
}

/** Does the value fit the whole schema? @throws RunEnded */
export function fits(node: Node, place: Place, run: Run): boolean {
  spend(run, 1 + node.checks.length, place.path);
  if (run.nested >= NESTED_MAX) giveUp(run, place.path);
  run.nested += 1;
  let good = true;
  for (const check of node.checks) {
    if (check(place, run)) continue;
    good = false;
    if (run.quiet > 0) break;
  }
  run.nested -= 1;
  return good;
}

/** The same for another schema of the same value; what that one has seen counts when the value fits. */
export function fitsInPlace(node: Node, place: Place, run: Run): boolean {
  if (!run.tracks) return fits(node, place, run);
  const own: Place = { ...place, seen: unseen() };
  if (!fits(node, own, run)) return false;
  spend(run, own.seen.keys.size + own.seen.items.size, place.path);
  for (const key of own.seen.keys) place.seen.keys.add(key);
  for (const item of own.seen.items) place.seen.items.add(item);
  return true;
}

/** What `ask` answers when nothing of it is told. */
export function quietly(run: Run, ask: () => boolean): boolean {
  run.quiet += 1;
  const answer = ask();
  run.quiet -= 1;
  return answer;
}

/**
 * A JSON value as text that is the same for equal values: keys sorted, `1.0` as `1`.
 * `count` hears of the work, and may throw to end it.
 * @throws RangeError when it is deeper than 200 levels.
 */
export function canonical(value: unknown, count: (steps: number) => void, depth = 0): string {
  if (depth > VALUE_DEPTH_MAX) throw new RangeError("too deep");
  if (typeof value === "string") {
    count(1 + value.length / 16);
    return JSON.stringify(value);
  }
  count(2);
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonical(item, count, depth + 1)).join(",")}]`;
  }
  if (typeof value !== "object" || value === null) return String(JSON.stringify(value));
  const members = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  count(members.length * MEMBER_STEPS);
  return `{${members
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member, count, depth + 1)}`)
    .join(",")}}`;
}

/** The members of the object at `path`, taken out once. @throws RunEnded */
export function membersOf(value: object, path: Path | undefined, run: Run): Members {
  const before = run.members.get(value);
  if (before !== undefined) return before;
  const members = Object.entries(value);
  run.members.set(value, members);
  spend(run, members.length * MEMBER_STEPS, path);
  return members;
}

/** The same within a run. @throws RunEnded */
export function canonicalAt(place: Place, run: Run): string {
  const { value, path } = place;
  const isWhole = typeof value === "object" && value !== null;
  const before = isWhole ? run.texts.get(value) : undefined;
  if (before !== undefined) return before;
  try {
    const text = canonical(value, (steps) => spend(run, steps, path));
    if (isWhole) run.texts.set(value, text);
    return text;
  } catch (error) {
    if (error instanceof RangeError) giveUp(run, path);
    throw error;
  }
}
