/** How one row of the table of fields comes into a conversation. */
import fc from "fast-check";
import type { Conversation, Part, Tool } from "../../src/conversation.ts";
import {
  type Called,
  type ChatDialect,
  calls,
  type Exchange,
  type Script,
} from "./conversation-script.ts";

/** Who speaks, and who shall understand. */
export interface Way {
  readonly from: ChatDialect;
  readonly to: ChatDialect;
}

/** Adds something to what is said. */
export type Patch = (script: Script) => Script;

/** Patches after which a row of the table is present. */
export type Spice = (way: Way) => fc.Arbitrary<Patch>;

/** A value that a patch puts in. */
export function put<Value>(
  values: fc.Arbitrary<Value>,
  patch: (script: Script, value: Value) => Script,
): Spice {
  return () => values.map((value) => (script) => patch(script, value));
}

/** Something the user says in the first question. */
export function asking(values: fc.Arbitrary<Part>): Spice {
  return put(values, (script, part) =>
    first(script, (exchange) => ({ ...exchange, asked: [...exchange.asked, part] })),
  );
}

/** Something the assistant says in the first answer, before its other words. */
export function answering(values: fc.Arbitrary<Part>): Spice {
  return put(values, (script, part) =>
    first(script, (exchange) => ({ ...exchange, said: [part, ...exchange.said] })),
  );
}

/** Something the assistant thinks before the first answer. */
export function thinking(script: Script, part: Part): Script {
  return first(script, (exchange) => ({ ...exchange, thoughts: [...exchange.thoughts, part] }));
}

/** A call in the first answer, changed. */
export function calling<Value>(
  values: fc.Arbitrary<Value>,
  change: (called: Called, value: Value) => Called,
): Spice {
  return put(fc.tuple(calls, values), (script, [called, value]) =>
    first(script, (exchange) => ({
      ...exchange,
      calls: [...exchange.calls, change(called, value)],
    })),
  );
}

/** Wishes for the answer. */
export function wishing(change: (wishes: Conversation) => Partial<Conversation>): Patch {
  return (script) => ({ ...script, wishes: { ...script.wishes, ...change(script.wishes) } });
}

/** One more tool, first of all. */
export function offering(script: Script, tool: Tool): Script {
  const nameOf = (one: Tool) => (one.kind === "hosted" ? one.type : one.name);
  const isSame = (one: Tool) =>
    nameOf(one) === nameOf(tool) &&
    (one.kind === "function" ? one.namespace : undefined) ===
      (tool.kind === "function" ? tool.namespace : undefined);
  const others = script.wishes.tools.filter((one) => !isSame(one));
  return wishing(() => ({ tools: [tool, ...others] }))(script);
}

function first(script: Script, change: (exchange: Exchange) => Exchange): Script {
  const [one, ...others] = script.exchanges;
  return one ? { ...script, exchanges: [change(one), ...others] } : script;
}
