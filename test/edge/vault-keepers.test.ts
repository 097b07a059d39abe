import {
  env,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import type { ObjectsEnv } from "../../durable-objects/env.ts";
import { edgeVault, KEEPER_NAMES, type KeeperName } from "../../durable-objects/keepers.ts";
import type { Keeper } from "../../durable-objects/vault.ts";
import type { CredentialRecord } from "../../src/credential.ts";
import { spellings } from "../../src/secret.ts";
import { createAdminStore } from "../../src/store/admin.ts";
import { d1Sql } from "../../src/store/sql.ts";
import { toBase64, toHex } from "../../src/vault/encoding.ts";
import {
  codeOf,
  draft,
  dump,
  PASSWORD,
  SECRET,
  sealed,
  type VaultHome,
} from "../fakes/vault-home.ts";

const bindings = env as unknown as ObjectsEnv;
const sql = d1Sql(bindings.DB);
const store = createAdminStore(sql);
const clock = { nowMs: 0 };
const deferred: Promise<unknown>[] = [];

/** What another isolate would have. */
function isolate() {
  clock.nowMs = Date.now();
  return edgeVault(bindings, {
    nowMs: () => clock.nowMs,
    defer: (work) => void deferred.push(work.catch(() => undefined)),
  });
}
const home: VaultHome = { store, sql, clock, start: isolate };

function stub(name: KeeperName) {
  const { KEEPER } = bindings;
  return KEEPER.get(KEEPER.idFromName(name)) as unknown as DurableObjectStub<Keeper>;
}

const evict = async (...names: KeeperName[]) => {
  for (const name of names) await evictDurableObject(stub(name));
};
const openOnes = async () =>
  (await isolate().status()).keepers.filter(({ isOpen }) => isOpen).map(({ name }) => name);
const reads = async (record: CredentialRecord) => codeOf(async () => isolate().secret(record));

let record: CredentialRecord;
beforeAll(async () => {
  const vault = isolate();
  expect(await codeOf(vault.unlock(PASSWORD, draft()))).toBe("vault_uninitialised");
  const inits = await Promise.all(
    Array.from({ length: 5 }, () => codeOf(isolate().init(PASSWORD, draft("vault.init")))),
  );
  expect(inits.filter((code) => code === "none")).toHaveLength(1);
  await vault.unlock(PASSWORD, draft());
  record = await sealed(home, vault);
});

describe("three keepers", () => {
  test("are all open after one unlock", async () => {
    expect(await openOnes()).toEqual(["0", "1", "2"]);
    expect(await isolate().status()).toMatchObject({ state: "unsealed", epoch: 1 });
  });

  test("go on serving when any one or any two of them lose their memory", async () => {
    const sets = [["0"], ["1"], ["2"], ["0", "1"], ["0", "2"], ["1", "2"]] as KeeperName[][];
    for (const names of sets) {
      await evict(...names);
      expect(await isolate().secret(record)).toBe(SECRET);
      expect(await openOnes()).toEqual(["0", "1", "2"]);
    }
  });

  test("are sealed when all three do, until one unlock", async () => {
    await evict("0", "1", "2");
    const vault = isolate();
    expect(vault.isOpen()).toBe(true);
    expect(await codeOf(async () => vault.secret(record))).toBe("vault_sealed");
    expect(vault.isOpen()).toBe(false);
    expect(await vault.status()).toMatchObject({ state: "sealed", sealedReason: "start" });
    await isolate().unlock(PASSWORD, draft());
    clock.nowMs += 2_000;
    vault.isOpen();
    await Promise.all(deferred);
    expect(vault.isOpen()).toBe(true);
    expect(await vault.secret(record)).toBe(SECRET);
  });

  test("an alarm keeps an open one awake and brings a restarted one back", async () => {
    await evict("1");
    expect(await runDurableObjectAlarm(stub("1"))).toBe(true);
    expect(await runInDurableObject(stub("1"), (one) => one.standing())).toMatchObject({
      isOpen: true,
    });
    expect(await runDurableObjectAlarm(stub("1"))).toBe(true);
  });

  test("count wrong passwords in one place, across a restart", async () => {
    expect(await codeOf(isolate().unlock("wrong horse battery", draft()))).toBe("wrong_password");
    await evict("0");
    expect(await codeOf(isolate().verify("wrong horse battery"))).toBe("wrong_password");
    expect(await isolate().status()).toMatchObject({ failures: 2, state: "unsealed" });
    await isolate().verify(PASSWORD);
    expect((await isolate().status()).failures).toBe(0);
  });

  test("look at one password at a time", async () => {
    const codes = await Promise.all(
      Array.from({ length: 20 }, () => codeOf(isolate().verify(PASSWORD))),
    );
    expect(codes.filter((code) => code === "none")).toHaveLength(1);
    expect(codes.filter((code) => code === "kdf_busy")).toHaveLength(19);
  });

  test("after a restart rotation wants the password again, then all three have the new key", async () => {
    await evict("0");
    expect(await codeOf(isolate().rotate(draft("vault.rotate")))).toBe("step_up_required");
    await isolate().verify(PASSWORD);
    expect(await isolate().rotate(draft("vault.rotate"))).toEqual({ resealed: 1 });
    const [row] = await store.list("credential", { limit: 9 });
    expect(row?.record.dekId).not.toBe(record.dekId);
    record = row?.record ?? record;
    for (const name of KEEPER_NAMES) {
      const reply = await stub(name).ask("secret", [record], undefined);
      expect(reply).toMatchObject({ ok: true, value: SECRET });
    }
  });

  test("a swapped row is unreadable, with its code and nothing else", async () => {
    const swapped = { ...record, origin: "https://evil.example.com" };
    expect(await reads(swapped)).toBe("credential_unreadable");
    const reply = await stub("1").ask("secret", [swapped], undefined);
    expect(reply).toEqual({
      ...{ ok: false, code: "credential_unreadable", isOpen: true },
      ...{ retryAfterMs: undefined, param: undefined, generation: expect.any(Number) },
    });
  });

  test("seal and open texts for any isolate, whichever of them is awake", async () => {
    const sealed = await isolate().sealText("kept", "plan_1");
    await evict("0", "1");
    expect(await isolate().openText(sealed, "plan_1")).toBe("kept");
    expect(await codeOf(isolate().openText(sealed, "plan_2"))).toBe("credential_unreadable");
    expect(await openOnes()).toEqual(["0", "1", "2"]);
  });

  test("keep no key, password or secret on any disk", async () => {
    const keys = await runInDurableObject(stub("0"), async (keeper) => {
      const shared = await keeper.shareKeys();
      return (shared?.dataKeys ?? []).map(({ bytes }) => bytes);
    });
    expect(keys.length).toBeGreaterThan(0);
    const texts = [await dump(home)];
    for (const name of KEEPER_NAMES) {
      texts.push(
        await runInDurableObject(stub(name), async (_keeper, state) => {
          const kv = JSON.stringify([...state.storage.kv.list()]);
          return kv + JSON.stringify([...(await state.storage.list())]);
        }),
      );
    }
    const hidden = [
      ...[PASSWORD, SECRET].flatMap(spellings),
      ...keys.flatMap((bytes) => [toBase64(bytes), toHex(bytes), [...bytes].join(",")]),
    ];
    for (const text of texts) for (const one of hidden) expect(text).not.toContain(one);
    expect(texts[1]).toContain("generation");
  });

  test("an isolate remembers a secret for thirty seconds, and drops it with the next unlock or lock", async () => {
    const vault = isolate();
    await vault.secret(record);
    expect(vault.secret(record)).toBe(SECRET);
    clock.nowMs += 30_000;
    expect(vault.secret(record)).toBeInstanceOf(Promise);
    await vault.secret(record);
    await vault.unlock(PASSWORD, draft());
    expect(vault.secret(record)).toBeInstanceOf(Promise);
  });

  test("a newer version restarts them one after the other, each once", async () => {
    const atMs = Date.now() + 1_000;
    const restarts: string[] = [];
    for (const name of ["2", "1", "0", "1", "2", "0", "1", "2"] as const) {
      await stub(name).ask("status", [], { atMs });
      const before = await version(name);
      await runDurableObjectAlarm(stub(name)).catch(() => undefined);
      if ((await version(name)) !== before) restarts.push(name);
      expect(await openOnes()).toEqual(["0", "1", "2"]);
    }
    expect(restarts).toEqual(["0", "1", "2"]);
  });

  test("stay put while a sibling is sealed", async () => {
    const atMs = Date.now() + 5_000;
    await runInDurableObject(stub("1"), (keeper) => keeper.closeKeys(1e6));
    await stub("0").ask("status", [], { atMs });
    await runDurableObjectAlarm(stub("0"));
    expect(await version("0")).toBeLessThan(atMs);
    await runInDurableObject(stub("1"), (_keeper, state) => {
      const notes = state.storage.kv.get<{ generation: number }>("notes");
      state.storage.kv.put("notes", { ...notes, generation: 1 });
    });
    await evict("1");
    expect(await openOnes()).toEqual(["0", "1", "2"]);
  });

  test("one that missed the lock opens nobody", async () => {
    const before = await runInDurableObject(stub("2"), (keeper) => keeper.shareKeys());
    await isolate().lock(draft("vault.lock"));
    expect(before && (await stub("1").adoptKeys(before))).toBe(false);
    await evict("0", "1");
    expect(await openOnes()).toEqual([]);
    expect(await isolate().status()).toMatchObject({ state: "sealed", sealedReason: "locked" });
    expect(await reads(record)).toBe("vault_sealed");
    await isolate().unlock(PASSWORD, draft());
    expect(await openOnes()).toEqual(["0", "1", "2"]);
  });
});

async function version(name: KeeperName): Promise<number> {
  return runInDurableObject(stub(name), async (keeper) => (await keeper.standing()).version);
}
