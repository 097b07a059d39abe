/** A provider key through the vault: typed once, sent to its own place only, told nowhere; both homes. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { type AdminAsked, askAdmin, signIn } from "../../fakes/admin-client.ts";
import { clientOf, saying } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const PASSWORD = "correct horse battery staple";
const SECRET = "sk-planted-secret-0123456789";
const ASKED = { model: "kept", messages: saying("Hello?") };

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} }, apiKey: SECRET },
    registry: {},
  });
  const ask = (what: string, asked?: AdminAsked) => askAdmin(gateway.home, what, asked);
  const code = async (what: string, body: object) => {
    const told = await ask(what, { body });
    return `${told.status} ${told.body.error?.code ?? "ok"}`;
  };
  const complete = () => clientOf(gateway.home).complete(ASKED);
  /** What an isolate knows of the vault may be some seconds old. */
  const answers = (status: number) =>
    vi.waitFor(async () => expect((await complete()).status).toBe(status), {
      timeout: 35_000,
      interval: 200,
    });

  beforeAll(async () => {
    const place = { base_url: gateway.upstream.baseUrl, network: "private" };
    await ask("POST /providers", {
      body: { id: "acme", type: "openai", credential_source: "escrow", ...place },
    });
    const model = { id: "kept", provider_id: "acme", upstream_name: "up" };
    await ask("POST /models", { body: model });
  });

  test("before it has a password nothing opens it and nothing goes in", async () => {
    expect((await ask("GET /vault")).body.state).toBe("uninitialised");
    expect(await code("POST /vault/unlock", { admin_password: PASSWORD })).toBe(
      "409 vault_uninitialised",
    );
    expect(await code("POST /providers/acme/credentials", { secret: SECRET })).toMatch(/vault_/);
    expect((await ask("GET /providers/acme")).body.credential_state).toBe("missing");
  });

  test("it takes a password once, and a key then reaches the provider and nobody else", async () => {
    expect(await code("POST /vault/init", { admin_password: PASSWORD })).toBe("201 ok");
    expect(await code("POST /vault/init", { admin_password: "another password" })).toBe(
      "409 vault_already_initialised",
    );
    expect((await ask("GET /vault")).body.state).toBe("sealed");
    expect(await code("POST /vault/unlock", { admin_password: PASSWORD })).toBe("200 ok");
    const made = await ask("POST /providers/acme/credentials", { body: { secret: SECRET } });
    expect([made.status, made.body]).toMatchObject([201, { last4: "6789", state: "ok" }]);
    await answers(200);
    expect(gateway.upstream.requests.at(-1)?.headers.authorization).toBe(`Bearer ${SECRET}`);
    for (const what of [
      "/providers",
      "/providers/acme/credentials",
      "/audit",
      "/export",
      "/requests",
    ]) {
      const { text } = await ask(`GET ${what}`);
      expect([what, /planted|ciphertext|"iv"/.test(text)]).toEqual([what, false]);
    }
  });

  test("sealed it answers for nobody; a wrong password changes nothing, the right one all", {
    timeout: 90_000,
  }, async () => {
    expect(await code("POST /vault/lock", {})).toBe("200 ok");
    await answers(503);
    expect((await complete()).body.error?.code).toBe("vault_sealed");
    expect((await ask("GET /vault")).body.state).toBe("sealed");
    expect(await code("POST /vault/unlock", { admin_password: "guess" })).toBe(
      "401 wrong_password",
    );
    expect((await ask("GET /vault")).body).toMatchObject({ state: "sealed", failures: 1 });
    const [entry] = (await ask("GET /audit?limit=1")).body.data;
    expect(entry).toMatchObject({ action: "vault.unlock", outcome: "denied" });
    expect(await code("POST /vault/unlock", { admin_password: PASSWORD })).toBe("200 ok");
    await answers(200);
  });

  test("a provider that moved gets its keys no more until they are set again", {
    timeout: 90_000,
  }, async () => {
    const page = await signIn(gateway.home);
    const elsewhere = gateway.upstream.baseUrl.replace("127.0.0.1", "localhost");
    const move = (base_url: string, headers: object = {}) =>
      ask("PATCH /providers/acme", {
        ...{ bare: true, body: { base_url } },
        headers: { ...page, ...headers },
      });
    expect((await move(elsewhere)).body.error.code).toBe("step_up_required");
    const proof = { "x-tokenhub-step-up": PASSWORD };
    expect((await move(elsewhere, proof)).body.credential_state).toBe("credential_origin_mismatch");
    await answers(503);
    const before = gateway.upstream.requests.length;
    expect((await complete()).body.error?.code).toBe("credential_origin_mismatch");
    expect(gateway.upstream.requests).toHaveLength(before);
    expect((await move(gateway.upstream.baseUrl, proof)).body.credential_state).toBe("ok");
    await answers(200);
  });

  test("another password opens it, the old one no more, and a rotation keeps the keys", {
    timeout: 90_000,
  }, async () => {
    const change = { admin_password: PASSWORD, new_password: "another correct horse" };
    expect(await code("POST /vault/change-password", change)).toBe("200 ok");
    expect((await ask("POST /vault/rotate", { body: {} })).body).toEqual({ ok: true, resealed: 1 });
    await answers(200);
    await ask("POST /vault/lock", { body: {} });
    expect(await code("POST /vault/unlock", { admin_password: PASSWORD })).toBe(
      "401 wrong_password",
    );
    expect(await code("POST /vault/unlock", { admin_password: "another correct horse" })).toBe(
      "200 ok",
    );
    await answers(200);
    expect((await ask("POST /audit/verify", { body: {} })).body.ok).toBe(true);
  });
});
