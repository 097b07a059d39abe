/** Which of its keys a provider is asked with, and what is told when there is none. */
import { beforeEach, describe, expect, test } from "vitest";
import type { CredentialRecord } from "../../src/credential.ts";
import { answering, failing } from "../fakes/answers.ts";
import { type Isolate, startIsolate } from "../fakes/isolate.ts";

const credential = (id: string, change: Partial<CredentialRecord> = {}): CredentialRecord => ({
  id,
  providerId: "a",
  label: id,
  last4: "wxyz",
  fingerprint: "0123456789abcdef",
  origin: "https://a.example.com",
  dekId: "dek_1",
  iv: "",
  ciphertext: "",
  sealVersion: 1,
  enabled: true,
  setAtMs: 1,
  ...change,
});

const REGISTRY = {
  providers: [{ id: "a", credential_source: "escrow" }],
  models: [{ id: "one", provider_id: "a", upstream_name: "gpt-test" }],
};

describe("a provider whose keys are in the vault", () => {
  let isolate: Isolate;
  const start = async (...records: CredentialRecord[]) => {
    isolate = await startIsolate({ registry: REGISTRY });
    isolate.platform.store.credentials = records;
    for (const { id } of records) isolate.platform.vault.secrets.set(id, `sk-${id}`);
    isolate.platform.answer(({ body }) => answering(body));
  };
  const ask = async () => {
    const response = await isolate.platform.clock.until(isolate.ask({ model: "one" }));
    const body = (await response.json()) as { error?: { code: string } };
    return { status: response.status, code: body.error?.code, response };
  };
  const sent = () => isolate.platform.calls.map(({ headers }) => headers.authorization);
  beforeEach(() => start(credential("cred_1"), credential("cred_2")));

  test("is asked with one of them", async () => {
    expect((await ask()).status).toBe(200);
    expect(sent()).toEqual(["Bearer sk-cred_1"]);
    expect(isolate.platform.outcomes).toEqual([]);
  });

  test("is asked with the next one at once when the first is rejected, and then with that first", async () => {
    isolate.platform.answer(({ headers, body }) =>
      headers.authorization === "Bearer sk-cred_1" ? failing(401) : answering(body),
    );
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 200]);
    expect(sent()).toEqual(["Bearer sk-cred_1", "Bearer sk-cred_2", "Bearer sk-cred_2"]);
  });

  test("throttles each key by itself", async () => {
    isolate.platform.answer(({ headers, body }) =>
      headers.authorization === "Bearer sk-cred_1" ? failing(429) : answering(body),
    );
    await ask();
    await ask();
    expect(sent()).toEqual(["Bearer sk-cred_1", "Bearer sk-cred_2", "Bearer sk-cred_2"]);
  });

  test("is not asked while the vault is sealed: a typed 503 that tells when to come back", async () => {
    isolate.platform.vault.open = false;
    const { status, code, response } = await ask();
    expect([status, code, response.headers.get("retry-after")]).toEqual([
      503,
      "vault_sealed",
      "30",
    ]);
    expect(sent()).toEqual([]);
  });

  test("is not asked when the vault seals itself between decision and attempt", async () => {
    isolate.platform.vault.isOpen = () => true;
    isolate.platform.vault.open = false;
    expect(await ask()).toMatchObject({ status: 503, code: "vault_sealed" });
    expect(sent()).toEqual([]);
  });

  test("is not asked with a key that cannot be read, but with its other", async () => {
    isolate.platform.vault.secrets.delete("cred_1");
    expect((await ask()).status).toBe(200);
    expect(sent()).toEqual(["Bearer sk-cred_2"]);
  });

  test("whose address was changed gets no key that was set for the old one", async () => {
    const origin = "https://elsewhere.example.com";
    await start(credential("cred_1", { origin }));
    expect(await ask()).toMatchObject({ status: 503, code: "credential_origin_mismatch" });
    expect(sent()).toEqual([]);
  });

  test("without a key, or with none that is enabled, is not asked", async () => {
    for (const records of [[], [credential("cred_1", { enabled: false })]]) {
      await start(...records);
      expect(await ask()).toMatchObject({ status: 503, code: "no_provider" });
      expect(sent()).toEqual([]);
    }
  });
});
