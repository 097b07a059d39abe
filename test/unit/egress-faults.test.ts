import { describe, expect, test } from "vitest";
import { askUpstream, readCapped } from "../../src/egress.ts";
import { AttemptFault, TokenhubError } from "../../src/errors.ts";
import { bodyOf, failure, faultOf, request, throwing, world } from "../fakes/egress.ts";

describe("what breaks", () => {
  const WORDS = {
    ECONNREFUSED: "connect",
    EHOSTUNREACH: "connect",
    UND_ERR_CONNECT_TIMEOUT: "connect-timeout",
    ETIMEDOUT: "connect-timeout",
    ENOTFOUND: "dns",
    EAI_AGAIN: "dns",
    DEPTH_ZERO_SELF_SIGNED_CERT: "tls",
    CERT_HAS_EXPIRED: "tls",
    ERR_TLS_CERT_ALTNAME_INVALID: "tls",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: "tls",
    ERR_SSL_WRONG_VERSION_NUMBER: "tls",
    ECONNRESET: "reset",
    UND_ERR_SOCKET: "reset",
    HPE_INVALID_CONSTANT: "protocol",
    UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "protocol",
    SOMETHING_NEW: "network",
  };

  test.each(Object.entries(WORDS))("%s is told as %s, without the host", async (code, what) => {
    const sending = await faultOf(askUpstream(throwing(failure(code)), request()));
    expect(sending).toMatchObject({ class: "transient", what, status: 0 });
    expect(sending.message).toBe(`transient: ${what}`);
    const { calls: _, ...platform } = world({ body: bodyOf("a", failure(code)) });
    const reply = await askUpstream(platform, request());
    const broken = await readCapped(reply.body, 100).catch((error: unknown) => error);
    expect(reply.faultOf(broken)).toMatchObject({ class: "transient", what });
  });

  test.each([new Error("Network connection lost."), "text", undefined])(
    "what has no code (%s) is the network's",
    async (error) => {
      const fault = await faultOf(askUpstream(throwing(error), request()));
      expect(fault).toMatchObject({ class: "transient", what: "network" });
    },
  );

  test("an address refused at connect time fails over", async () => {
    const fault = await faultOf(
      askUpstream(throwing(new TokenhubError("egress_denied")), request()),
    );
    expect(fault).toMatchObject({ class: "misconfigured_candidate", what: "egress-denied" });
  });

  test("the clock that aborted tells its own word", async () => {
    const clock = new AbortController();
    clock.abort(new AttemptFault("transient", "first-content-timeout"));
    const { signal } = clock;
    const fault = await faultOf(askUpstream(throwing(failure("ABORT_ERR")), request({ signal })));
    expect(fault.what).toBe("first-content-timeout");
  });

  test("any other abort is an abort, whatever the transport made of it", async () => {
    const client = new AbortController();
    client.abort();
    const { signal } = client;
    const fault = await faultOf(askUpstream(throwing(failure("ECONNRESET")), request({ signal })));
    expect(fault.what).toBe("aborted");
  });
});

describe("reading whole", () => {
  test("joins pieces that cut characters, and drops a byte order mark", async () => {
    const bytes = new TextEncoder().encode("\ufeffblå 雪 🏔️");
    const pieces = [...bytes].map((byte) => Uint8Array.of(byte));
    expect(await readCapped(bodyOf(...pieces), 100)).toBe("blå 雪 🏔️");
    expect(await readCapped(bodyOf(bytes), 100)).toBe("blå 雪 🏔️");
    expect(await readCapped(bodyOf(), 100)).toBe("");
  });

  test("stops at its bound and lets go of the upstream", async () => {
    expect(await readCapped(bodyOf("12345", "67890"), 10)).toBe("1234567890");
    const body = bodyOf("12345", "678901", "never read");
    const fault = await faultOf(readCapped(body, 10));
    expect(fault).toMatchObject({ class: "transient", what: "answer-too-large" });
    expect(body.cancelled).toBe(1);
    expect(await body.read()).toEqual(new TextEncoder().encode("never read"));
  });
});
