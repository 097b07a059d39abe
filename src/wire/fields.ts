/**
 * What each dialect can say, and what becomes of the rest. The table refuses and announces; the writers of the
 * dialects then leave out what they cannot say. The table in docs/API.md is made of it.
 */
import type { Dialect } from "../chat.ts";
import type { Conversation } from "../conversation.ts";
import { TokenhubError } from "../errors.ts";
import { CONTENT_FIELDS } from "./field-content.ts";
import { type FieldRow, type Loss, survey } from "./field-row.ts";
import { TOOL_FIELDS } from "./field-tools.ts";
import { WISH_FIELDS } from "./field-wishes.ts";

/** Everything that a conversation can say. */
export const FIELDS: readonly FieldRow[] = [...CONTENT_FIELDS, ...TOOL_FIELDS, ...WISH_FIELDS];

/** The client's dialect and the provider's. */
export interface Route {
  readonly from: Dialect;
  readonly to: Dialect;
}

/** A conversation that the provider's dialect can say, and what it had to lose. */
export interface Settled {
  readonly conversation: Conversation;
  /**
   * Paths in the client's dialect for a header; sorted, unique, at most `DROPPED_MAX`. Where a name cannot
   * stand there, or there are more, the last is `...`.
   */
  readonly dropped: readonly string[];
}

/** Names in one header; no honest client comes near. */
export const DROPPED_MAX = 30;
/** What may stand in that header; other names are told by `MORE`. */
const SHOWABLE = /^[A-Za-z0-9_.\-[\]]{1,64}$/;

/** Stands for all that is not named. */
const MORE = "...";

/** Fields outside the representation without which the answer would be another one. */
const NEEDED = ["audio", "prompt", "thread"] as const;

/**
 * What of this conversation the provider's dialect cannot say.
 * @throws TokenhubError unsupported_parameter with the client's path, where that would change the answer.
 */
export function settle(conversation: Conversation, route: Route): Settled {
  const said = survey(conversation, route.to);
  const dropped = new Set(conversation.unread);
  let settled = conversation;
  for (const param of NEEDED) {
    if (dropped.has(param)) throw new TokenhubError("unsupported_parameter", { param });
  }
  for (const row of FIELDS) {
    const loss = lossOf(row, route);
    if (loss === undefined || !row.present(said)) continue;
    const param = row.paths[route.from] ?? row.name.replaceAll(" ", "_");
    if (loss === "unsupported") throw new TokenhubError("unsupported_parameter", { param });
    dropped.add(param);
    settled = row.without?.(settled) ?? settled;
  }
  const names = [...dropped].filter((name) => SHOWABLE.test(name)).sort();
  const hasMore = names.length < dropped.size || names.length > DROPPED_MAX;
  const shown = hasMore ? [...names.slice(0, DROPPED_MAX - 1), MORE] : names;
  return { conversation: settled, dropped: shown };
}

/** undefined: the target can be told it. */
function lossOf(row: FieldRow, { from, to }: Route): Loss | undefined {
  if (from === to || row.mapped?.[to] !== undefined) return undefined;
  const can = row.paths[to] !== undefined && !row.own?.includes(to);
  return can ? undefined : row.otherwise;
}

/** What becomes of a field, as the documents say it; "–": the client's dialect has no such field. */
export type Verdict = "kept" | "mapped" | "unsupported_parameter" | "x-tokenhub-dropped" | "–";

/** kept: the same dialect, or the same path with the same meaning. */
export function verdict(row: FieldRow, route: Route): Verdict {
  const path = row.paths[route.from];
  if (path === undefined) return "–";
  if (route.from === route.to) return "kept";
  const loss = lossOf(row, route);
  if (loss === "unsupported") return "unsupported_parameter";
  if (loss === "dropped") return "x-tokenhub-dropped";
  const isSame = path === row.paths[route.to] && row.mapped?.[route.to] === undefined;
  return isSame ? "kept" : "mapped";
}
