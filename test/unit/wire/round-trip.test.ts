/** What a client of one dialect says, through a provider of another and back again. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Conversation } from "../../../src/conversation.ts";
import { TokenhubError } from "../../../src/errors.ts";
import type { ChatRequest } from "../../../src/wire/chat-request.ts";
import { type FieldRow, survey } from "../../../src/wire/field-row.ts";
import { TOOL_FIELDS } from "../../../src/wire/field-tools.ts";
import { FIELDS, verdict } from "../../../src/wire/fields.ts";
import type { ToolNames } from "../../../src/wire/tools.ts";
import { type TranslatedRequest, translateRequest } from "../../../src/wire/translate.ts";
import { asked, CHAT_WIRES, read, received, stands } from "../../fakes/conversation-client.ts";
import { formOf } from "../../fakes/conversation-form.ts";
import { without } from "../../fakes/conversation-losses.ts";
import type { Lost } from "../../fakes/conversation-losses-turns.ts";
import { renamed } from "../../fakes/conversation-names.ts";
import type { Way } from "../../fakes/conversation-spice.ts";
import { conversationsWith, rowsOf, SAME, WAYS } from "../../fakes/conversation-ways.ts";
import { runs } from "../../fakes/long.ts";

const TOKENS_MAX = 30_000;
const TARGET = { upstreamName: "m", outputTokensMax: undefined, modelOutputTokensMax: TOKENS_MAX };
const LONG_MS = 300_000;

function translated(request: ChatRequest, { from, to }: Way): TranslatedRequest {
  const pair = { door: CHAT_WIRES[from], provider: CHAT_WIRES[to] };
  return translateRequest(request, { ...pair, target: TARGET });
}

function presentIn(said: Conversation, { to }: Way): FieldRow[] {
  const all = survey(said, to);
  return FIELDS.filter((row) => row.present(all));
}

/** Of the rows that are present, those that the table gives up. */
function lossesOf(said: Conversation, way: Way): Lost[] {
  const { to } = way;
  return presentIn(said, way).flatMap((row) => {
    const { name, paths, own, otherwise } = row;
    // Between two of one dialect the codec alone is asked, and it has words for all tools.
    const isWritten = way.from === to && TOOL_FIELDS.includes(row);
    if (row.mapped?.[to] !== undefined && !isWritten) return { name, to, isMapped: true };
    // What a provider cannot be told is left out by the writer, whoever the client is.
    const isForeign = own?.includes(to) || paths[to] === undefined;
    const isDropped = isForeign && otherwise === "dropped";
    return isDropped ? { name, to, isMapped: false } : [];
  });
}

function expectSame(
  got: Conversation,
  said: Conversation,
  { losses, isCapped }: { losses: readonly Lost[]; isCapped: boolean },
): void {
  const defaults = { tokensMax: isCapped ? TOKENS_MAX : undefined };
  // What is told in other words is compared without its words; what was dropped must be gone.
  const inWords = losses.filter(({ isMapped }) => isMapped);
  const expected = formOf(without(said, losses), defaults);
  expect(formOf(without(got, inWords), defaults)).toEqual(expected);
}

/** Written by the codec alone, with the client's names; less what no client can tell another provider. */
function rewritten(request: ChatRequest, { to }: Way): Conversation {
  const said = FIELDS.reduce((left, row) => row.without?.(left) ?? left, read(request, to));
  const body = CHAT_WIRES[to].codec?.writeConversation(said, TARGET);
  return read(received(JSON.stringify(body), to), to);
}

/** One way: the body for the provider, and how its dialect reads it. */
function told(request: ChatRequest, way: Way) {
  const { body, dropped, names } = translated(request, way);
  const there = received(body, way.to);
  return { there, said: read(there, way.to), dropped, names };
}

function refusalOf(request: ChatRequest, way: Way): string | undefined {
  try {
    translated(request, way);
  } catch (error) {
    if (!(error instanceof TokenhubError) || error.code !== "unsupported_parameter") throw error;
    return error.param;
  }
  return undefined;
}

function droppedOf(said: Conversation, way: Way): string[] {
  const rows = presentIn(said, way).filter((row) => verdict(row, way) === "x-tokenhub-dropped");
  return [...new Set(rows.map(({ paths }) => paths[way.from] ?? ""))].sort();
}

/** Names of the rows that came through, or of the one that was refused. */
function roundTrip(said: Conversation, way: Way): string[] {
  const request = asked(said, way.from);
  const heard = read(request, way.from);
  expect(heard).toEqual(said);
  const present = presentIn(said, way);
  const refused = present.find((row) => verdict(row, way) === "unsupported_parameter");
  expect(refusalOf(request, way)).toBe(refused?.paths[way.from]);
  if (refused) return [refused.name];

  const isCapped = [way.from, way.to].includes("anthropic");
  const out = told(request, way);
  expect(out.dropped).toEqual(droppedOf(said, way));
  const lost = lossesOf(said, way);
  expectSame(renamed(out.said, out.names), said, {
    losses: lost,
    isCapped: way.to === "anthropic",
  });

  const back = { from: way.to, to: way.from };
  const home = told(out.there, back);
  expect(home.dropped).toEqual(droppedOf(out.said, back));
  const losses = [...lost, ...lossesOf(out.said, back)];
  const named = [home.names, out.names].reduce<Conversation>(
    (one: Conversation, names: ToolNames) => renamed(one, names),
    home.said,
  );
  expectSame(named, said, { losses, isCapped });
  return present.map(({ name }) => name);
}

const nameOf = ({ from, to }: Way) => `${from} → ${to}`;
/** Conversations of one pair, spread evenly over its rows. */
const each = (rows: readonly FieldRow[]) => Math.ceil(runs(500, 10_000) / rows.length);

describe("what a dialect can say survives reading and writing", () => {
  test.for(SAME.map((way) => [way.from, way] as const))("%s", { timeout: LONG_MS }, ([, way]) => {
    const rows = rowsOf(way);
    for (const row of rows) {
      fc.assert(
        fc.property(conversationsWith(row, way), (said) => {
          const again = rewritten(asked(said, way.from), way);
          const losses = lossesOf(said, way);
          expectSame(again, said, { losses, isCapped: way.to === "anthropic" });
        }),
        { numRuns: each(rows) },
      );
    }
  });
});

/** Stands at many places; told by its bare name. */
const ANYWHERE = "cache_control";

describe("there and back again, nothing is lost but what the table says", () => {
  test.for(WAYS.map((way) => [nameOf(way), way] as const))(
    "%s",
    { timeout: LONG_MS },
    ([, way]) => {
      const rows = rowsOf(way);
      const proven = new Set<string>();
      const named = new Set<string>();
      for (const row of rows) {
        fc.assert(
          fc.property(conversationsWith(row, way), (said) => {
            for (const name of roundTrip(said, way)) proven.add(name);
            const path = row.paths[way.from] ?? "";
            if (path === ANYWHERE || stands(asked(said, way.from), path)) named.add(row.name);
          }),
          { numRuns: each(rows) },
        );
      }
      const names = rows.map(({ name }) => name);
      expect(names.filter((name) => !proven.has(name))).toEqual([]);
      expect(names.filter((name) => !named.has(name))).toEqual([]);
    },
  );
});
