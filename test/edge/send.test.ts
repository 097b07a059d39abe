/** The edge's transport: what is handed to `fetch`, and what becomes of its answer. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { edgeSend } from "../../src/edge/send.ts";
import type { UpstreamReply } from "../../src/platform.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Asks a vendor that answers with this. */
async function asked(
  body: BodyInit | null,
  more: { headers?: Record<string, string>; status?: number } = {},
) {
  const leaving = new AbortController();
  const fetched = vi
    .spyOn(globalThis, "fetch")
    .mockImplementation(async () => new Response(body, more));
  const reply = await edgeSend({
    url: "https://vendor.example/v1/chat/completions",
    method: "POST",
    headers: { authorization: "Bearer sk-1" },
    body: "{}",
    signal: leaving.signal,
    network: "public",
  });
  return { reply, fetched, leave: () => leaving.abort(), signal: leaving.signal };
}

/** A body that stays open, and whether it was let go. */
function openBody(...pieces: readonly string[]) {
  let cancels = 0;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
    },
    cancel() {
      cancels += 1;
    },
  });
  return { body, cancels: () => cancels };
}

async function readAll({ body }: UpstreamReply): Promise<string> {
  let text = "";
  for (let chunk = await body.read(); chunk; chunk = await body.read()) {
    text += new TextDecoder().decode(chunk);
  }
  return text;
}

test("the call goes out as it is, and no redirect is followed", async () => {
  const { reply, fetched, signal } = await asked(null, {
    status: 302,
    headers: { location: "https://elsewhere.example/" },
  });
  expect(fetched.mock.calls).toEqual([
    [
      "https://vendor.example/v1/chat/completions",
      {
        method: "POST",
        headers: { authorization: "Bearer sk-1" },
        body: "{}",
        redirect: "manual",
        signal,
      },
    ],
  ]);
  expect([reply.status, reply.header("location")]).toEqual([302, "https://elsewhere.example/"]);
  expect(await readAll(reply)).toBe("");
});

test("the encoding that the runtime has undone is not told; every other header is", async () => {
  const headers = { "content-encoding": "gzip", "x-request-id": "up-1" };
  const { reply } = await asked("plain", { headers });
  expect(reply.header("content-encoding")).toBeUndefined();
  expect(reply.header("x-request-id")).toBe("up-1");
  expect(reply.header("x-absent")).toBeUndefined();
});

describe("a body", () => {
  test("is read to its end, and again after it", async () => {
    const { reply } = await asked("whole");
    expect(await readAll(reply)).toBe("whole");
    expect(await reply.body.read()).toBeUndefined();
    reply.body.cancel();
  });

  test("that is cancelled is let go, once, and has an end", async () => {
    const { body, cancels } = openBody("one");
    const { reply } = await asked(body);
    await reply.body.read();
    reply.body.cancel();
    reply.body.cancel();
    expect(await reply.body.read()).toBeUndefined();
    expect(cancels()).toBe(1);
  });

  test("that is waited for ends when it is cancelled", async () => {
    const { reply } = await asked(openBody().body);
    const read = reply.body.read();
    reply.body.cancel();
    expect(await read).toBeUndefined();
  });

  test("of a call that was given up is let go and fails, waited for or not", async () => {
    const { body, cancels } = openBody("one");
    const { reply, leave } = await asked(body);
    await reply.body.read();
    const waiting = reply.body.read();
    leave();
    await expect(waiting).rejects.toThrow("aborted");
    await expect(reply.body.read()).rejects.toThrow("aborted");
    expect(cancels()).toBe(1);
  });
});
