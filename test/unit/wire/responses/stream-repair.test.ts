import { describe, expect, test } from "vitest";

import { helped, relay, told } from "../../../fakes/responses-streams.ts";

const CREATED = { type: "response.created", response: { id: "resp_1" } };
const end = (rest: object = {}, type = "response.completed") => ({
  type,
  response: { id: "resp_1", status: "completed", model: "secret", output: [], ...rest },
});
const added = (item: object) => ({ type: "response.output_item.added", item });
const done = (item: object) => ({ type: "response.output_item.done", item });

describe("what a server leaves out is put in", () => {
  /** As llama.cpp streams them: items open side by side, calls without an id of their own. */
  const CALLS = [
    CREATED,
    added({ type: "reasoning", id: "rs_1", summary: [], content: [] }),
    { type: "response.reasoning_text.delta", item_id: "rs_1", delta: "hm" },
    added({ type: "message", id: "msg_1", role: "assistant", content: [] }),
    { type: "response.output_text.delta", item_id: "msg_1", delta: "I call" },
    added({ type: "function_call", call_id: "fc_a", name: "f", arguments: "" }),
    { type: "response.function_call_arguments.delta", item_id: "fc_a", delta: '{"x":' },
    { type: "response.function_call_arguments.delta", item_id: "fc_a", delta: "1}" },
    added({ type: "function_call", call_id: "b", name: "g", arguments: "" }),
    { type: "response.function_call_arguments.delta", item_id: "b", delta: "{}" },
    done({
      type: "reasoning",
      id: "rs_1",
      summary: [],
      content: [{ type: "reasoning_text", text: "hm" }],
    }),
    done({
      type: "message",
      id: "msg_1",
      role: "assistant",
      content: [{ type: "output_text", text: "I call", annotations: [] }],
    }),
    done({ type: "function_call", call_id: "fc_a", name: "f", arguments: '{"x":1}' }),
    done({ type: "function_call", call_id: "b", name: "g", arguments: "{}" }),
    end({
      output: [
        {
          type: "reasoning",
          id: "rs_1",
          summary: [],
          content: [{ type: "reasoning_text", text: "hm" }],
        },
        { type: "message", id: "msg_1", role: "assistant", content: [] },
        { type: "function_call", call_id: "fc_a", name: "f", arguments: '{"x":1}' },
        { type: "function_call", call_id: "b", name: "g", arguments: "{}" },
      ],
    }),
  ];

  test("items open side by side keep their places, calls get ids, parts are opened", () => {
    const { sent, facts } = relay(told(...CALLS));
    expect(sent.map((event) => event.sequence_number)).toEqual([...sent.keys()]);
    expect(sent.map(({ type, output_index: at }) => `${type.slice(9)} ${at}`)).toEqual([
      "created undefined",
      "output_item.added 0",
      "content_part.added 0",
      "reasoning_text.delta 0",
      "output_item.added 1",
      "content_part.added 1",
      "output_text.delta 1",
      "output_item.added 2",
      "function_call_arguments.delta 2",
      "function_call_arguments.delta 2",
      "output_item.added 3",
      "function_call_arguments.delta 3",
      "output_item.done 0",
      "output_item.done 1",
      "output_item.done 2",
      "output_item.done 3",
      "completed undefined",
    ]);
    expect(sent.filter((event) => event.item).map((event) => event.item.id)).toEqual([
      "rs_1",
      "msg_1",
      "fc_a",
      "fc_b",
      "rs_1",
      "msg_1",
      "fc_a",
      "fc_b",
    ]);
    expect(sent.at(-1).response.output.map((item: { id: string }) => item.id)).toEqual([
      "rs_1",
      "msg_1",
      "fc_a",
      "fc_b",
    ]);
    const chars = facts.reduce((sum, { outputChars }) => sum + outputChars, 0);
    expect(chars).toBe("hmI call".length + 'f{"x":1}g{}'.length);
  });

  test("the official SDK's helper reads it", async () => {
    const { final } = await helped(relay(told(...CALLS)).text);
    expect(final.output.map(({ type }) => type)).toEqual([
      "reasoning",
      "message",
      "function_call",
      "function_call",
    ]);
  });

  test("several parts and summaries of one item are counted", async () => {
    const part = (type: string) => ({ type: `response.${type}` });
    const { sent, text } = relay(
      told(
        CREATED,
        added({ type: "reasoning", summary: [] }),
        { ...part("reasoning_summary_part.added"), part: { type: "summary_text", text: "" } },
        { ...part("reasoning_summary_text.delta"), delta: "a" },
        { ...part("reasoning_summary_part.added"), part: { type: "summary_text", text: "" } },
        { ...part("reasoning_summary_text.delta"), delta: "b" },
        done({ type: "reasoning", summary: [] }),
        added({ type: "message", role: "assistant", content: [] }),
        { ...part("content_part.added"), part: { type: "output_text", text: "" } },
        { ...part("output_text.delta"), delta: "c" },
        { ...part("content_part.added"), part: { type: "refusal", refusal: "" } },
        { ...part("refusal.delta"), delta: "d" },
        end(),
      ),
    );
    expect(sent.map((event) => event.summary_index ?? event.content_index)).toEqual([
      undefined,
      undefined,
      0,
      0,
      1,
      1,
      undefined,
      undefined,
      0,
      0,
      1,
      1,
      undefined,
    ]);
    expect(sent[2].item_id).toBe("rs_1_0");
    expect(sent[9]).toMatchObject({ item_id: "msg_1_1", output_index: 1 });
    await expect(helped(text)).rejects.toThrow(/unfinished/);
  });

  test("one missing number, or one that goes back, and all that follow are ours", () => {
    const numbered = (...numbers: unknown[]) =>
      relay(
        told(...numbers.map((sequence_number) => ({ type: "keepalive", sequence_number }))),
      ).sent.map((event) => event.sequence_number);
    expect(numbered(0, 1, 5, 6)).toEqual([0, 1, 5, 6]);
    expect(numbered(0, undefined, 7)).toEqual([0, 1, 2]);
    expect(numbered(3, 3, "9", -1, 1.5)).toEqual([3, 4, 5, 6, 7]);
  });

  test("a type that only the event's name tells is put into its data", () => {
    const { facts, sent } = relay([
      { event: "response.output_text.delta", data: '{"delta":"a"}' },
      { event: "Bad Name", data: '{"delta":"a"}' },
    ]);
    expect(facts.map(({ kind }) => kind)).toEqual(["content", "other"]);
    expect(sent).toEqual([{ delta: "a", type: "response.output_text.delta", sequence_number: 0 }]);
  });

  test("a response without id, model and output gets them; its id stays the same", () => {
    const response = { big: [1], x: "y" };
    const { text, sent } = relay(
      told({ type: "response.created", response }, { type: "response.in_progress", response }),
    );
    expect(sent.map((event) => event.response)).toEqual(
      Array(2).fill({
        ...response,
        id: "resp_made",
        object: "response",
        created_at: 1_790_000_000,
        status: "in_progress",
        model: "public/m",
        output: [],
        error: null,
        incomplete_details: null,
      }),
    );
    expect(text.startsWith("event: response.created\n")).toBe(true);
    const foreign = relay(told({ type: "response.created", response: { id: "chatcmpl-1" } }));
    expect(foreign.sent[0].response.id).toBe("resp_chatcmpl-1");
  });
});
