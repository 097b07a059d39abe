import { describe, expect, test } from "vitest";
import { askUpstream, readCapped } from "../../src/egress.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import { faultOf, PROVIDER, request, world } from "../fakes/egress.ts";

describe("what is sent", () => {
  test("is a POST with our headers and the kind's authorization, and nothing else", async () => {
    const { calls, ...platform } = world();
    await askUpstream(platform, request());
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      url: "https://api.example.com/v1/chat/completions",
      method: "POST",
      body: "{}",
      network: "public",
    });
    expect(calls[0]?.headers).toEqual({
      accept: "application/json",
      "accept-encoding": "identity",
      "content-type": "application/json",
      "user-agent": "tokenhub",
      authorization: "Bearer sk-1",
    });
  });

  test("asks for events when it is a stream, and lists models with a GET", async () => {
    const { calls, ...platform } = world();
    await askUpstream(platform, request({ stream: true }));
    expect(calls[0]?.headers.accept).toBe("text/event-stream");
    const listing = request({
      candidate: { provider: PROVIDER },
      body: undefined,
      path: "/models",
    });
    await askUpstream(platform, listing);
    expect(calls[1]).toMatchObject({ method: "GET", body: undefined });
    expect(calls[1]?.url).toBe("https://api.example.com/v1/models");
    expect(calls[1]?.headers).not.toHaveProperty("content-type");
  });

  test("goes to the endpoint that was chosen", async () => {
    const { calls, ...platform } = world();
    await askUpstream(platform, request({ endpoint: "https://two.example.com:8443/v1" }));
    expect(calls[0]?.url).toBe("https://two.example.com:8443/v1/chat/completions");
  });

  test("carries a provider's own headers, but none that are ours or the connection's", async () => {
    const { calls, ...platform } = world();
    const headers = {
      "X-Team": "blue",
      Authorization: "Bearer other",
      HOST: "evil",
      Connection: "close",
      "Transfer-Encoding": "chunked",
      "Accept-Encoding": "gzip",
      "User-Agent": "curl",
      Cookie: "a=b",
    };
    await askUpstream(platform, request({ provider: { headers } }));
    expect(calls[0]?.headers).toEqual({
      accept: "application/json",
      "accept-encoding": "identity",
      "content-type": "application/json",
      "user-agent": "tokenhub",
      authorization: "Bearer sk-1",
      "x-team": "blue",
    });
  });

  test("carries no authorization to a provider without credentials", async () => {
    const { calls, ...platform } = world();
    const open = request({ provider: { credentialSource: "none" }, credential: undefined });
    await askUpstream(platform, open);
    expect(calls[0]?.headers).not.toHaveProperty("authorization");
  });
});

describe("what is never sent", () => {
  test.each([undefined, "", " ", "sk 1", "sk\n1", "sk-é", "x".repeat(8_193)])(
    "the credential %j",
    async (credential) => {
      const { calls, ...platform } = world();
      const fault = await faultOf(askUpstream(platform, request({ credential })));
      expect(fault.class).toBe("credential_rejected");
      expect(calls).toEqual([]);
    },
  );

  test.each([
    ["http://api.example.com/v1", "public"],
    ["https://127.0.0.1/v1", "public"],
    ["http://10.0.0.1:8000/v1", "private"],
    ["https://user:secret@api.example.com/v1", "public"],
    ["https://api.example.com/v1?key=", "public"],
    ["nonsense", "public"],
  ] as const)("anything to %s", async (endpoint, network) => {
    const { calls, ...platform } = world();
    const fault = await faultOf(
      askUpstream(platform, request({ endpoint, provider: { network } })),
    );
    expect(fault).toMatchObject({ class: "misconfigured_candidate", what: "egress-denied" });
    expect(fault.message).not.toContain("secret");
    expect(calls).toEqual([]);
  });

  test("anything over the network for the simulated kind", async () => {
    const { calls, ...platform } = world();
    const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }] });
    const provider = { kind: "simulated", credentialSource: "none" } as const;
    const asked = request({ kind: PROVIDERS.simulated, body, provider, credential: undefined });
    const reply = await askUpstream(platform, asked);
    expect(reply.status).toBe(200);
    expect(reply.header("content-type")).toBe("application/json");
    expect(await readCapped(reply.body, 10_000)).toContain("[simulated]");
    expect(calls).toEqual([]);
  });
});

describe("what comes back", () => {
  test.each([200, 201, 400, 401, 429, 500, 503])("%i is answered as it is", async (status) => {
    const { calls: _, ...platform } = world({ status, headers: { "retry-after": "2" } });
    const reply = await askUpstream(platform, request());
    expect(reply.status).toBe(status);
    expect(reply.header("retry-after")).toBe("2");
    expect(await readCapped(reply.body, 10)).toBe("ok");
  });

  test.each([301, 302, 303, 307, 308, 304])("%i is a fault, never followed", async (status) => {
    const { calls, body, ...platform } = world({ status, headers: { location: "https://x/" } });
    const fault = await faultOf(askUpstream(platform, request()));
    expect(fault).toMatchObject({ class: "transient", what: "redirect", status });
    expect(calls).toHaveLength(1);
    expect(body.cancelled).toBe(1);
  });

  test.each(["gzip", "br", "zstd", "identity, gzip"])(
    "encoded as %s it is refused",
    async (way) => {
      const { calls: _, body, ...platform } = world({ headers: { "content-encoding": way } });
      const fault = await faultOf(askUpstream(platform, request()));
      expect(fault).toMatchObject({ class: "transient", what: "content-encoding" });
      expect(body.cancelled).toBe(1);
    },
  );
});
