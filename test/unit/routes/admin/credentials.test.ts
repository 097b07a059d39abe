/** Keys of providers in the vault: written, never read; bound to where they may be sent. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { ADMIN_TOKEN, type AdminIsolate, PASSWORD, startAdmin } from "../../../fakes/admin.ts";

const SECRET = "sk-planted-secret-0123456789";
const LIST = "/providers/acme/credentials";
const PROVIDER = {
  ...{ id: "acme", type: "openai", base_url: "https://api.acme.com", credential_source: "escrow" },
};

let admin: AdminIsolate;
beforeEach(async () => {
  admin = await startAdmin();
  await admin.ask("POST /providers", { body: PROVIDER });
});
afterEach(() => admin.close());

async function unlock(): Promise<void> {
  const body = { admin_password: PASSWORD };
  expect((await admin.ask("POST /vault/init", { body })).status).toBe(201);
  expect((await admin.ask("POST /vault/unlock", { body })).body).toEqual({ ok: true });
}
const put = (body: object) => admin.ask(`POST ${LIST}`, { body: { label: "main", ...body } });

test("without an open vault nothing is stored", async () => {
  expect((await put({ secret: SECRET })).body.error.code).toBe("vault_sealed");
  expect((await admin.ask(`GET ${LIST}`)).body.data).toEqual([]);
});

test("a secret goes in and never comes out", async () => {
  await unlock();
  const made = await put({ secret: ` ${SECRET}\n` });
  expect([made.status, made.body]).toMatchObject([
    201,
    { label: "main", last4: "6789", state: "ok", enabled: true, version: 1 },
  ]);
  expect((await admin.ask("GET /providers/acme")).body.credential_state).toBe("ok");
  const texts = [made.text, JSON.stringify(await admin.trail())];
  for (const what of [`GET ${LIST}`, "GET /providers", "GET /providers/acme"]) {
    texts.push((await admin.ask(what)).text);
  }
  for (const text of texts) expect(text).not.toMatch(/planted|detnalp|ciphertext|"iv"/);
});

test.each([
  ["too short", "sk-1234"],
  ["too long", "x".repeat(4097)],
  ["with a line break", "sk-first-line\nsecond-line"],
  ["beyond ASCII", "sk-пароль-пароль"],
])("a secret %s is refused without being told", async (_name, secret) => {
  await unlock();
  const refused = await put({ secret });
  expect([refused.status, refused.body.error.code]).toEqual([422, "invalid_secret_format"]);
  expect(refused.text).not.toContain(secret.slice(0, 8));
});

test("a secret is replaced under the same id, and its seal counts on", async () => {
  await unlock();
  const { id } = (await put({ secret: SECRET })).body;
  const again = await put({ id, secret: `${SECRET}-new1` });
  expect([again.status, again.body]).toMatchObject([200, { id, last4: "new1", version: 2 }]);
  expect((await admin.platform.admin.get("credential", id))?.record.sealVersion).toBe(2);
  const off = await admin.ask(`POST ${LIST}`, { body: { id, enabled: false } });
  expect(off.body).toMatchObject({ id, state: "disabled" });
  const removed = await admin.ask(`DELETE ${LIST}/${id}`);
  expect(removed.body).toEqual({ deleted: true });
  expect((await admin.ask("GET /providers/acme")).body.credential_state).toBe("missing");
});

test("another provider's credential is not there", async () => {
  await unlock();
  await admin.ask("POST /providers", { body: { ...PROVIDER, id: "other" } });
  const { id } = (await put({ secret: SECRET })).body;
  expect((await admin.ask(`DELETE /providers/other/credentials/${id}`)).status).toBe(404);
  const body = { id, secret: SECRET };
  expect((await admin.ask("POST /providers/other/credentials", { body })).status).toBe(404);
});

test("a provider that takes its key from elsewhere takes none from the vault", async () => {
  await unlock();
  await admin.ask("PATCH /providers/acme", { body: { credential_source: "none" } });
  const refused = await put({ secret: SECRET });
  expect([refused.status, refused.body.error.code]).toEqual([409, "conflict"]);
});

test("moving a provider elsewhere keeps its keys from the new place, and a cookie alone cannot do it", async () => {
  await unlock();
  const { id } = (await put({ secret: SECRET })).body;
  const page = await admin.signIn();
  const move = (headers: object, base_url = "https://evil.example") =>
    admin.ask("PATCH /providers/acme", {
      ...{ bare: true, body: { base_url } },
      headers: { ...page, ...headers },
    });
  expect((await move({}, "https://api.acme.com/v2")).status).toBe(200);
  expect((await move({})).body.error.code).toBe("step_up_required");
  for (const address of [
    {},
    { base_url: "https://evil.example" },
    { endpoints: ["https://b.example"] },
  ]) {
    const whole = { id: "acme", type: "openai", credential_source: "escrow", ...address };
    for (const what of ["PUT /providers/acme", "POST /providers"]) {
      const { body } = await admin.ask(what, { bare: true, headers: page, body: whole });
      expect([what, address, body.error.code]).toEqual([what, address, "step_up_required"]);
    }
  }
  const wrong = await move({ "x-tokenhub-step-up": ADMIN_TOKEN });
  expect([wrong.status, wrong.body.error.code]).toEqual([401, "wrong_password"]);
  expect((await move({ "x-tokenhub-step-up": PASSWORD })).status).toBe(200);
  const mismatch = "credential_origin_mismatch";
  expect((await admin.ask("GET /providers/acme")).body.credential_state).toBe(mismatch);
  expect((await admin.ask(`GET ${LIST}`)).body.data[0].state).toBe(mismatch);
  expect((await put({ id, secret: SECRET })).body.state).toBe("ok");
});
