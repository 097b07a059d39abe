/** Conversations that have a given row of the table of fields, among others of its rows. */
import fc from "fast-check";
import type { Conversation } from "../../src/conversation.ts";
import type { FieldRow } from "../../src/wire/field-row.ts";
import { FIELDS, verdict } from "../../src/wire/fields.ts";
import { type ChatDialect, layOut, plainScripts } from "./conversation-script.ts";
import { type Patch, type Spice, type Way, wishing } from "./conversation-spice.ts";
import { CONTENT_SPICES } from "./conversation-spices-content.ts";
import { TOOL_SPICES } from "./conversation-spices-tools.ts";
import { WISH_SPICES } from "./conversation-spices-wishes.ts";

const DIALECTS = ["openai", "anthropic", "responses"] as const satisfies readonly ChatDialect[];

/** Every dialect with every other. */
export const WAYS: readonly Way[] = DIALECTS.flatMap((from) =>
  DIALECTS.flatMap((to) => (from === to ? [] : [{ from, to }])),
);
/** Every dialect with itself. */
export const SAME: readonly Way[] = DIALECTS.map((dialect) => ({ from: dialect, to: dialect }));

/** Rows that a client of this dialect can say. */
export function rowsOf({ from }: Way): readonly FieldRow[] {
  return FIELDS.filter(({ paths }) => paths[from] !== undefined);
}

const SPICES: Readonly<Record<string, Spice>> = {
  ...CONTENT_SPICES,
  ...TOOL_SPICES,
  ...WISH_SPICES,
};

/** @throws Error for a row of which nobody has said how it comes into a conversation. */
function spiceOf({ name }: FieldRow): Spice {
  const spice = Object.hasOwn(SPICES, name) ? SPICES[name] : undefined;
  if (!spice) throw new Error(`How does "${name}" come into a conversation?`);
  return spice;
}

/** Other rows in one conversation. */
const SPICES_MAX = 8;

/** As the client's dialect is read. The others are such that nothing but this row can be refused. */
export function conversationsWith(row: FieldRow, way: Way): fc.Arbitrary<Conversation> {
  const others = rowsOf(way).filter(
    (other) => other !== row && verdict(other, way) !== "unsupported_parameter",
  );
  return fc
    .subarray(others, { maxLength: SPICES_MAX })
    .chain((chosen) =>
      fc.tuple(
        plainScripts,
        fc.integer({ min: 1, max: 20_000 }),
        fc.tuple(...[...chosen, row].map((each): fc.Arbitrary<Patch> => spiceOf(each)(way))),
      ),
    )
    .map(([script, tokensMax, patches]) => {
      const isMessages = way.from === "anthropic";
      const first = isMessages ? wishing(capping(tokensMax))(script) : script;
      const last = patches.reduce((said, patch) => patch(said), first);
      return layOut(isMessages ? wishing(asMessages)(last) : last, way.from);
    });
}

/** Messages has no request without a cap. */
function capping(tokensMax: number) {
  return ({ output }: Conversation) => ({ output: { ...output, tokensMax } });
}

/** In Messages, whether calls come at once is a part of the choice, and the cap is above the budget. */
function asMessages(wishes: Conversation): Partial<Conversation> {
  const { toolChoice, parallelCalls, reasoning, output } = wishes;
  const isChoosing = toolChoice === undefined && parallelCalls !== undefined;
  const { budgetTokens } = reasoning ?? {};
  const most = (output.tokensMax ?? Infinity) - 1;
  return {
    ...(isChoosing && { toolChoice: { kind: "auto" } }),
    ...(reasoning &&
      budgetTokens !== undefined && {
        reasoning: { ...reasoning, budgetTokens: Math.min(budgetTokens, most) },
      }),
  };
}
