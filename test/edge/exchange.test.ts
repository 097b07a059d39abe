/** One client connection on Workers: how a body is taken in, and how an answer goes out. */
import { describe, expect, test } from "vitest";
import { edgeExchange } from "../../src/edge/exchange.ts";
import { TokenhubError } from "../../src/errors.ts";
import type { Source } from "../../src/platform.ts";

const LIMIT = { bytesMax: 8, timeoutMs: 1_000 };
const bytes = (text: string) => new TextEncoder().encode(text);

/** An upload whose client sends when it is told to. */
function upload() {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start(given) {
      controller = given;
    },
    cancel() {
      cancelled = true;
    },
  });
  const request = new Request("https://gateway.example/", { method: "POST", body });
  let ring: (() => void) | undefined;
  let stopped = false;
  const exchange = edgeExchange(request, (_ms, then) => {
    ring = then;
    return () => {
      stopped = true;
    };
  });
  return {
    send: (text: string) => controller?.enqueue(bytes(text)),
    finish: () => controller?.close(),
    cut: () => controller?.error(new Error("the client left")),
    /** The time for the upload is over. */
    ring: () => ring?.(),
    stopped: () => stopped,
    cancelled: () => cancelled,
    received: exchange.receive(LIMIT),
  };
}

async function codeOf(received: Promise<Uint8Array>): Promise<string> {
  const error = await received.then(
    () => expect.unreachable("it should have been refused"),
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(TokenhubError);
  return error.code;
}

describe("a body", () => {
  test("that comes in pieces is one, and its clock is stopped", async () => {
    const { send, finish, received, stopped } = upload();
    send("ab");
    send("cde");
    send("fgh");
    finish();
    expect(new TextDecoder().decode(await received)).toBe("abcdefgh");
    expect(stopped()).toBe(true);
  });

  test("that is not there is empty", async () => {
    const exchange = edgeExchange(new Request("https://gateway.example/"), () => () => undefined);
    expect(await exchange.receive(LIMIT)).toHaveLength(0);
  });

  test("of one byte too many is refused before its end, and the rest is not taken", async () => {
    const { send, received, cancelled, stopped } = upload();
    send("abcdefgh");
    send("i");
    expect(await codeOf(received)).toBe("too_large");
    expect([cancelled(), stopped()]).toEqual([true, true]);
  });

  test("that does not come in time is refused", async () => {
    const { send, ring, received, cancelled } = upload();
    send("ab");
    ring();
    expect(await codeOf(received)).toBe("timeout");
    expect(cancelled()).toBe(true);
  });

  test("whose client leaves in the middle is no document", async () => {
    const { send, cut, received } = upload();
    send("ab");
    cut();
    expect(await codeOf(received)).toBe("invalid_json");
  });
});

/** Pieces one a read; an error among them is thrown. */
function sourceOf(...pieces: readonly (string | Error)[]) {
  let reads = 0;
  let cancels = 0;
  const source: Source = {
    async read() {
      const piece = pieces[reads];
      reads += 1;
      if (piece instanceof Error) throw piece;
      return piece === undefined ? undefined : bytes(piece);
    },
    cancel() {
      cancels += 1;
    },
  };
  return { source, reads: () => reads, cancels: () => cancels };
}

function replied(body: string | Source): Response {
  const exchange = edgeExchange(new Request("https://gateway.example/"), () => () => undefined);
  return exchange.reply({ status: 203, headers: { "x-told": "yes" } }, body);
}

describe("an answer", () => {
  test("has the head that it was given, and its text or its source's bytes", async () => {
    const { source } = sourceOf("one ", "two");
    for (const body of ["one two", source]) {
      const response = replied(body);
      expect([response.status, response.headers.get("x-told")]).toEqual([203, "yes"]);
      expect(await response.text()).toBe("one two");
    }
  });

  test("is read no faster than its client reads", async () => {
    const { source, reads } = sourceOf("one", "two", "three");
    const reader = replied(source).body?.getReader();
    expect(reads()).toBe(0);
    await reader?.read();
    expect(reads()).toBe(1);
    await reader?.read();
    expect(reads()).toBe(2);
  });

  test("whose client leaves lets its source go", async () => {
    const { source, cancels } = sourceOf("one", "two");
    const reader = replied(source).body?.getReader();
    await reader?.read();
    await reader?.cancel();
    expect(cancels()).toBe(1);
  });

  test("whose source breaks has no good end", async () => {
    const { source } = sourceOf("one", new Error("broken"));
    await expect(replied(source).text()).rejects.toThrow("broken");
  });
});

test("the client's leaving is the request's own signal", () => {
  const leaving = new AbortController();
  const request = new Request("https://gateway.example/", { signal: leaving.signal });
  const { signal } = edgeExchange(request, () => () => undefined);
  expect(signal.aborted).toBe(false);
  leaving.abort();
  expect(signal.aborted).toBe(true);
});
