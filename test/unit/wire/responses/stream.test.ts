import fc from "fast-check";
import { APIError } from "openai";
import { describe, expect, test } from "vitest";
import { TokenhubError } from "../../../../src/errors.ts";
import { responses } from "../../../../src/wire/responses/responses.ts";
import { runs } from "../../../fakes/long.ts";
import {
  bodyOf,
  decodeText,
  helped,
  openPath,
  relay,
  told,
} from "../../../fakes/responses-streams.ts";

const end = (rest: object = {}, type = "response.completed") => ({
  type,
  response: { id: "resp_1", status: "completed", model: "secret", output: [], ...rest },
});
const added = (item: object) => ({ type: "response.output_item.added", item });
const done = (item: object) => ({ type: "response.output_item.done", item });
const kindsOf = (...events: object[]) => relay(told(...events)).facts.map(({ kind }) => kind);

describe("events", () => {
  test.each([
    [{ type: "response.output_text.delta", delta: "a" }, "content"],
    [{ type: "response.output_text.delta", delta: "" }, "other"],
    [{ type: "response.function_call_arguments.delta", delta: "{" }, "content"],
    [{ type: "response.some_new_thing.delta", delta: { a: 1 } }, "content"],
    [added({ type: "function_call", call_id: "c" }), "content"],
    [added({ type: "custom_tool_call", call_id: "c" }), "content"],
    [added({ type: "reasoning" }), "content"],
    [added({ type: "message" }), "other"],
    [{ type: "response.output_item.added", item: null }, "other"],
    [done({ type: "message", content: [] }), "content"],
    [{ type: "response.queued", response: {} }, "other"],
    [{ type: "response.created" }, "invalid"],
    [{ type: "response.completed", response: [] }, "invalid"],
    [{ type: "constructor" }, "other"],
    [end(), "terminator"],
    [end({}, "response.incomplete"), "terminator"],
    [{ type: "response.failed", response: null }, "error"],
    [end({ status: "failed" }), "error"],
  ])("%j is %s", (event, kind) => {
    expect(kindsOf(event)).toEqual([kind]);
  });

  test.each(["", "null", "[]", "7", "{", '"x"'])(
    "data %s is invalid and goes to nobody",
    (data) => {
      const { facts, text } = relay([{ event: "response.created", data }]);
      expect(facts[0]?.kind).toBe("invalid");
      expect(text).toBe("");
    },
  );

  test.each([
    [{ error: { message: "x" } }, { message: "x" }],
    [{ error: "Unauthorized" }, "Unauthorized"],
    [{ detail: "Not Found" }, "Not Found"],
    [
      { type: "error", code: "c", message: "x" },
      { type: "error", code: "c", message: "x" },
    ],
    [{ type: "error", error: { code: "c" } }, { code: "c" }],
    [{ type: "response.failed", response: { error: { code: "c" } } }, { code: "c" }],
  ])("%j is the error %j, and nothing follows it", (event, error) => {
    const { facts, text } = relay(told(event, end()));
    expect(facts).toMatchObject([{ kind: "error", error }, { kind: "other" }]);
    expect(text).toBe("");
  });

  test("an answer that was cut ends incomplete, whatever the server called it", () => {
    for (const rest of [
      { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } },
      { status: "completed", incomplete_details: { reason: "max_output_tokens" } },
    ]) {
      const { facts, sent, text } = relay(told(end(rest)));
      expect(facts[0]?.finish).toBe("max_output_tokens");
      expect(sent[0]).toMatchObject({
        type: "response.incomplete",
        response: { status: "incomplete" },
      });
      expect(text).toMatch(/^event: response\.incomplete\n/);
    }
    expect(relay(told(end({ status: "incomplete" }))).facts[0]?.finish).toBe("incomplete");
  });

  test("after the terminator nothing is relayed, and [DONE] is nothing at any time", () => {
    const DONE = { event: undefined, data: " [DONE]" };
    const { facts } = relay([DONE, ...told(end(), added({ type: "reasoning" })), DONE]);
    expect(facts.map(({ kind }) => kind)).toEqual(["other", "terminator", "other", "other"]);
    expect(facts.map(({ frame }) => frame !== "")).toEqual([false, true, false, false]);
  });

  test("the upstream's model is told nowhere, not even where a key stands twice", () => {
    const data =
      '{"type":"response.created","response":{"model":"secret","id":"resp_1","mod\\u0065l":"secret"},"response":{"id":"resp_1","model":"secret"}}';
    const { text } = relay([{ event: undefined, data }]);
    expect(text).not.toContain("secret");
    expect(JSON.parse(decodeText(text)[0]?.data ?? "").response.model).toBe("public/m");
  });

  test("an event of a type that nobody knows tells no model either", () => {
    const event = { type: "response.cancelled", model: "secret", response: { model: "secret" } };
    expect(relay(told(event)).sent[0]).toMatchObject({
      model: "public/m",
      response: { model: "public/m" },
    });
  });

  test("a name that could be no event's is not written; data lines cannot start fields", () => {
    const { text } = relay([
      { event: undefined, data: '{"type":"x\\nid: 7",\n"sequence_number":0}' },
    ]);
    expect(text).toBe('data: {"type":"x\\nid: 7",\ndata: "sequence_number":0}\n\n');
  });

  test("what is whole keeps its bytes, unknown fields and big integers too", () => {
    const data =
      '{"type":"response.output_text.delta","n":12345678901234567890 ,"sequence_number":4,"output_index":0,"content_index":0,"item_id":"msg_1","delta":"\\u0061"}';
    expect(relay([{ event: undefined, data }]).text).toBe(
      `event: response.output_text.delta\ndata: ${data}\n\n`,
    );
    const bare = '{"type":"response.created","response":{"id":"resp_1","n":12345678901234567890}}';
    expect(relay([{ event: undefined, data: bare }]).text).toContain('"n":12345678901234567890');
  });
});

describe("errors of ours", () => {
  const error = new TokenhubError("upstream_error");

  test("the official SDK gives what came before, then throws with code and message", async () => {
    const events = decodeText(bodyOf("vllm/responses-stream.response.http")).slice(0, 6);
    const { path, text } = relay(events);
    const last = path.errorFrame(error, "req_1");
    expect(JSON.parse(decodeText(last)[0]?.data ?? "")).toMatchObject({
      type: "error",
      sequence_number: 6,
      code: "upstream_error",
      message: error.message,
      param: null,
      error: { request_id: "req_1" },
    });
    const failed = await helped(text + last).catch((thrown: unknown) => thrown);
    expect(failed).toBeInstanceOf(APIError);
    expect(failed).toMatchObject({ code: "upstream_error", message: error.message });
  });

  test("an error before anything else is number 0", async () => {
    const text = responses.errorFrame(error, "req_1");
    expect(text).toBe(openPath().errorFrame(error, "req_1"));
    expect(text).toMatch(/^event: error\ndata: \{"type":"error","sequence_number":0,/);
    await expect(helped(text)).rejects.toThrow(error.message);
  });
});

/** The long counts take minutes. */
const HOSTILE_TEST_MS = runs(20_000, 600_000);

describe("hostile streams", () => {
  const types = [
    "response.created",
    "response.completed",
    "response.output_item.added",
    "response.output_item.done",
    "response.content_part.added",
    "response.output_text.delta",
    "response.reasoning_summary_text.delta",
    "response.function_call_arguments.delta",
    "error",
    "__proto__",
  ];
  const index = fc.oneof(fc.nat(3), fc.constantFrom(-1, 1e300, "0", null));
  const name = fc.oneof(
    fc.constantFrom("a", "fc_a", "", "__proto__", "constructor"),
    fc.jsonValue(),
  );
  const item = fc.record(
    {
      type: fc.constantFrom("message", "reasoning", "function_call", 7),
      id: name,
      call_id: name,
      content: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const event = fc.record(
    {
      type: fc.oneof(fc.constantFrom(...types), fc.jsonValue()),
      output_index: index,
      content_index: index,
      summary_index: index,
      sequence_number: index,
      item_id: name,
      item: fc.oneof(item, fc.jsonValue()),
      delta: fc.jsonValue(),
      response: fc.oneof(
        fc.record(
          {
            id: name,
            model: fc.constant("secret"),
            status: fc.jsonValue(),
            output: fc.oneof(fc.array(item), fc.jsonValue()),
            usage: fc.jsonValue(),
          },
          { requiredKeys: [] },
        ),
        fc.jsonValue(),
      ),
    },
    { requiredKeys: [] },
  );

  test(
    "any events are relayed as JSON with rising numbers, or not at all",
    () => {
      fc.assert(
        fc.property(fc.array(event, { maxLength: 12 }), (events) => {
          const { sent, facts } = relay(told(...events));
          for (const fact of facts) expect(Number.isSafeInteger(fact.outputChars)).toBe(true);
          const numbers = sent.map((one) => one.sequence_number);
          expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
          expect(new Set(numbers).size).toBe(numbers.length);
          for (const { response } of sent) {
            if (response?.model) expect(response.model).not.toBe("secret");
          }
        }),
        { numRuns: runs(300, 100_000) },
      );
    },
    HOSTILE_TEST_MS,
  );

  test(
    "recordings with bytes changed anywhere give typed outcomes",
    () => {
      const recorded = ["vllm", "llamacpp"].map((server) =>
        bodyOf(`${server}/responses-stream.response.http`),
      );
      fc.assert(
        fc.property(
          fc.constantFrom(...recorded),
          fc.array(fc.tuple(fc.nat(4_000), fc.string({ maxLength: 3 })), { maxLength: 6 }),
          (body, edits) => {
            let text = body;
            for (const [at, put] of edits) text = text.slice(0, at) + put + text.slice(at + 1);
            for (const one of relay(decodeText(text)).sent) expect(typeof one.type).toBe("string");
          },
        ),
        { numRuns: runs(200, 100_000) },
      );
    },
    HOSTILE_TEST_MS,
  );
});
