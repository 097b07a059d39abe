/** The vault attacked through the admin API and through its database, in both homes. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { type AdminAsked, askAdmin } from "../fakes/admin-client.ts";
import { clientOf, saying } from "../fakes/client.ts";
import { useGateway } from "../fakes/gateway.ts";
import { HOME_NAMES } from "../fakes/homes.ts";

const COMPOSED = "caf\u00e9 with eleven spoons \u{1f944}";
const SECRETS = { a: "sk-of-provider-a-0123456789", b: "sk-of-provider-b-0123456789" };
const STREAMS = 8;

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, { upstream: { models: { up: {} } }, registry: {} });
  const ask = (what: string, asked?: AdminAsked) => askAdmin(gateway.home, what, asked);
  const code = async (what: string, body: unknown) => {
    const told = await ask(what, { body });
    return `${told.status} ${told.body.error?.code ?? "ok"}`;
  };
  const unlock = (admin_password: string) => code("POST /vault/unlock", { admin_password });
  const complete = (model: string, more: object = {}) =>
    clientOf(gateway.home).complete({ model, messages: saying("Hello?"), ...more });
  const answers = (model: string, expected: string) =>
    vi.waitFor(
      async () => {
        const { status, body } = await complete(model);
        expect(`${status} ${body.error?.code ?? "ok"}`).toBe(expected);
      },
      { timeout: 40_000, interval: 250 },
    );
  const rows = (table: string) =>
    gateway.home.sql.all({ sql: `select * from "${table}"`, params: [] });
  const run = (sql: string, params: string[] = []) => gateway.home.sql.batch([{ sql, params }]);
  /** Whoever writes past the store moves the version, so that the change is seen. */
  const bump = () => run(`update "meta" set "registry_version" = "registry_version" + 1`);
  const newest = async () => (await ask("GET /audit?limit=1")).body.data[0];
  let password = "";

  beforeAll(async () => {
    for (const id of ["a", "b"]) {
      const place = { base_url: gateway.upstream.baseUrl, network: "private" };
      const row = { id, type: "openai", credential_source: "escrow", ...place };
      expect((await ask("POST /providers", { body: row })).status).toBe(201);
      const model = { id: `of-${id}`, provider_id: id, upstream_name: "up" };
      expect((await ask("POST /models", { body: model })).status).toBe(201);
    }
  });

  test("row 67: unlocking before there is a password is refused and writes nothing", async () => {
    expect(await unlock("some long password")).toBe("409 vault_uninitialised");
    expect(await rows("vault")).toEqual([]);
    expect((await ask("GET /vault")).body).toMatchObject({ state: "uninitialised", failures: 0 });
  });

  test("row 73: no password, one with NUL and one of a megabyte are refused", async () => {
    expect(await code("POST /vault/init", { admin_password: "" })).toMatch(/^400 /);
    expect(await code("POST /vault/init", { admin_password: "a\0long password" })).toMatch(/^400 /);
    expect(await code("POST /vault/init", { admin_password: "x".repeat(2 ** 20) })).toMatch(
      /^413 /,
    );
    expect(await rows("vault")).toEqual([]);
  });

  test("row 74: a password in the query opens nothing, whatever the body says", async () => {
    const inQuery = "?admin_password=some%20long%20password";
    const body = { admin_password: "some long password" };
    expect((await ask(`POST /vault/init${inQuery}`, { body: {} })).status).toBe(400);
    expect((await ask(`POST /vault/init${inQuery}`, { body })).status).toBe(400);
    expect(await rows("vault")).toEqual([]);
  });

  test("row 68: of fifty that initialise at once one wins, the others are told so", {
    timeout: 60_000,
  }, async () => {
    const passwords = Array.from({ length: 50 }, (_, n) => `${COMPOSED} ${n}`);
    const told = await Promise.all(
      passwords.map((admin_password) => code("POST /vault/init", { admin_password })),
    );
    const winners = passwords.filter((_, n) => told[n] === "201 ok");
    expect(winners).toHaveLength(1);
    const others = told.filter((each) => each !== "201 ok");
    expect(new Set(others)).toEqual(new Set(["409 vault_already_initialised"]));
    password = winners[0] ?? "";
    expect(await unlock(passwords.find((each) => each !== password) ?? "")).toBe(
      "401 wrong_password",
    );
    expect(await unlock(password.normalize("NFD"))).toBe("200 ok");
    expect(password.normalize("NFD")).not.toBe(password);
  });

  test("row 85: what can be no key is refused without a word of it", async () => {
    const bad = ["sk-with\nnew-line-0", "sk-clé-not-latin-ж", "x", `sk-${"5".repeat(5_000)}`];
    for (const secret of bad) {
      const told = await ask("POST /providers/a/credentials", { body: { secret } });
      expect([told.status, told.body.error?.code]).toEqual([422, "invalid_secret_format"]);
      if (secret.length > 1) expect(told.text).not.toContain(secret.slice(0, 12));
    }
    expect(await rows("credential")).toEqual([]);
    for (const [id, secret] of Object.entries(SECRETS)) {
      const body = { secret: ` ${secret} \n` };
      expect((await ask(`POST /providers/${id}/credentials`, { body })).status).toBe(201);
      await answers(`of-${id}`, "200 ok");
      const sent = gateway.upstream.requests.at(-1)?.headers.authorization;
      expect(sent).toBe(`Bearer ${secret}`);
    }
  });

  test("row 70: a wrong password leaves an open vault open, and the next chat is answered", async () => {
    expect(await unlock("not the password")).toBe("401 wrong_password");
    expect((await ask("GET /vault")).body.state).toBe("unsealed");
    expect((await complete("of-a")).status).toBe(200);
  });

  test("row 83: a lock lets what is in work finish and nothing new begin", {
    timeout: 90_000,
  }, async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const from = gateway.upstream.requests.length;
    gateway.upstream.next(...Array.from({ length: STREAMS }, () => ({ firstGate: gate })));
    const flowing = Array.from({ length: STREAMS }, () => complete("of-a", { stream: true }));
    await gateway.upstream.arrived(from + STREAMS - 1);
    expect(await code("POST /vault/lock", {})).toBe("200 ok");
    if (name === "node") expect((await complete("of-b")).body.error?.code).toBe("vault_sealed");
    await answers("of-b", "503 vault_sealed");
    const refused = await complete("of-b");
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    open();
    for (const { status, text } of await Promise.all(flowing)) {
      expect([status, text.includes("[DONE]")]).toEqual([200, true]);
    }
  });

  test("row 69: a wrong password of a sealed vault is counted, audited, and changes nothing", async () => {
    const before = await rows("vault");
    const { failures } = (await ask("GET /vault")).body;
    expect(await unlock("not the password")).toBe("401 wrong_password");
    expect((await ask("GET /vault")).body).toMatchObject({
      ...{ state: "sealed", failures: failures + 1 },
    });
    expect(await newest()).toMatchObject({ action: "vault.unlock", outcome: "denied" });
    expect(await rows("vault")).toEqual(before);
  });

  test("row 72: of a hundred unlocks at once the others are told that one is in work", {
    timeout: 60_000,
  }, async () => {
    const told = await Promise.all(Array.from({ length: 100 }, () => unlock(password)));
    const count = (what: string) => told.filter((each) => each === what).length;
    expect(count("200 ok")).toBeGreaterThan(0);
    expect(new Set(told)).toEqual(new Set(["200 ok", "503 kdf_busy"]));
    expect(count("503 kdf_busy")).toBeGreaterThan(80);
    await answers("of-b", "200 ok");
  });

  test("row 76: two ciphertexts that changed places are both unreadable, and nobody is asked", {
    timeout: 120_000,
  }, async () => {
    const [a, b] = await gateway.home.sql.all({
      sql: `select "id", "iv", "ciphertext" from "credential" order by "provider_id"`,
      params: [],
    });
    const swap = `update "credential" set "iv" = ?, "ciphertext" = ? where "id" = ?`;
    const put = async (to: unknown, from: unknown[]) =>
      run(swap, [String(from[1]), String(from[2]), String(to)]);
    await put(a?.[0], b ?? []);
    await put(b?.[0], a ?? []);
    await bump();
    await answers("of-a", "503 credential_unreadable");
    await answers("of-b", "503 credential_unreadable");
    const before = gateway.upstream.requests.length;
    await complete("of-a");
    await complete("of-b");
    expect(gateway.upstream.requests).toHaveLength(before);
    await put(a?.[0], a ?? []);
    await put(b?.[0], b ?? []);
    await bump();
    await answers("of-a", "200 ok");
    await answers("of-b", "200 ok");
  });

  test("row 77: a provider moved past the store gets no key; another path of its place does", {
    timeout: 120_000,
  }, async () => {
    const { baseUrl } = gateway.upstream;
    const place = `update "provider" set "base_url" = ? where "id" = 'a'`;
    await run(place, [baseUrl.replace("127.0.0.1", "localhost")]);
    await bump();
    await answers("of-a", "503 credential_origin_mismatch");
    const before = gateway.upstream.requests.length;
    await complete("of-a");
    expect(gateway.upstream.requests).toHaveLength(before);
    await run(place, [baseUrl]);
    await bump();
    await answers("of-a", "200 ok");
    const longer = { base_url: `${baseUrl.replace(/\/v1$/, "")}/other/v1` };
    const moved = await ask("PATCH /providers/a", { body: longer });
    expect([moved.status, moved.body.credential_state]).toEqual([200, "ok"]);
  });
});
