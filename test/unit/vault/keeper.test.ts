import { expect, test } from "vitest";
import type { AdminStore, AuditDraft, VaultRow } from "../../../src/administration.ts";
import type { SharedKeys } from "../../../src/vault/held.ts";
import { VaultKeeper } from "../../../src/vault/keeper.ts";
import { NO_NOTES, readNotes } from "../../../src/vault/notes.ts";
import {
  CHEAP_RULES,
  chance,
  codeOf,
  draft,
  PASSWORD,
  SECRET,
  unsealed,
} from "../../fakes/vault-home.ts";

type Audit = (entry: AuditDraft) => Promise<void>;

/** Keepers over one row; each has notes of its own. */
function keepers(count: number, audit: Audit = async () => undefined) {
  let row: VaultRow | undefined;
  const store = {
    vault: async () => row,
    putVault: async (header: string, epoch: number | undefined) => {
      if (row?.epoch !== epoch) return false;
      row = { header, epoch: (epoch ?? 0) + 1 };
      return true;
    },
    list: async () => [],
    put: async () => "written",
    audit: (entry: AuditDraft) => audit(entry),
  } as unknown as AdminStore;
  const given: SharedKeys[] = [];
  const make = (siblings: boolean) => {
    let notes = NO_NOTES;
    return new VaultKeeper({
      ...{ name: "0", store, randomBytes: chance, rules: CHEAP_RULES, nowMs: () => 1_000 },
      notes: {
        read: async () => notes,
        write: async (next) => {
          notes = readNotes(structuredClone(next));
        },
      },
      ...(siblings && {
        siblings: {
          spread: async (keys) => void given.push(keys),
          gather: async () => undefined,
        },
      }),
    });
  };
  return { given, alone: make(false), all: Array.from({ length: count }, () => make(true)) };
}

test("an unlock that cannot be audited does not happen", async () => {
  const { alone } = keepers(0, async ({ action }) => {
    if (action === "vault.unlock") throw new Error("no room");
  });
  await alone.init(PASSWORD, draft("vault.init"));
  await expect(alone.unlock(PASSWORD, draft())).rejects.toThrow("no room");
  expect(alone.isOpen()).toBe(false);
});

test("a lock during an unlock wins", async () => {
  const { alone } = keepers(0, async ({ action }) => {
    if (action === "vault.unlock") await alone.lock(draft("vault.lock"));
  });
  await alone.init(PASSWORD, draft("vault.init"));
  expect(await codeOf(alone.unlock(PASSWORD, draft()))).toBe("conflict");
  expect(alone.isOpen()).toBe(false);
});

test("a keeper without siblings gives its keys to nobody", async () => {
  const { alone } = keepers(0);
  await alone.init(PASSWORD, draft("vault.init"));
  await alone.unlock(PASSWORD, draft());
  expect(await alone.shareKeys()).toBeUndefined();
});

test("a sibling opens with shared keys, and a lock it saw closes it for keys from before", async () => {
  const { given, all } = keepers(2);
  const [one, two] = all;
  if (!one || !two) throw new Error("two keepers");
  await one.init(PASSWORD, draft("vault.init"));
  await one.unlock(PASSWORD, draft());
  const [keys] = given;
  if (!keys) throw new Error("nothing was given");
  expect(await two.adoptKeys(keys)).toBe(true);
  const record = await two.seal(SECRET, unsealed());
  expect(await one.secret(record)).toBe(SECRET);
  await one.lock(draft("vault.lock"));
  await two.closeKeys(await one.generation());
  expect(two.isOpen()).toBe(false);
  expect(await two.adoptKeys(keys)).toBe(false);
  await one.unlock(PASSWORD, draft());
  await two.closeKeys(1);
  expect(given[1] && (await two.adoptKeys(given[1]))).toBe(true);
  await two.closeKeys(1);
  expect(two.isOpen()).toBe(true);
});

test("keys from before a rotation take nothing away from who rotated", async () => {
  const { given, all } = keepers(1);
  const [one] = all;
  await one?.init(PASSWORD, draft("vault.init"));
  await one?.unlock(PASSWORD, draft());
  await one?.rotate(draft("vault.rotate"));
  const record = await one?.seal(SECRET, unsealed());
  const [before, after] = [given[0], given.at(-1)];
  expect([before?.dataKeys.length, after?.dataKeys.length]).toEqual([1, 2]);
  expect(before && (await one?.adoptKeys(before))).toBe(true);
  expect(record && (await one?.secret(record))).toBe(SECRET);
  expect((await one?.shareKeys())?.dataKeys).toHaveLength(2);
});

test("rotating again and again stops at eight data keys until the first are a minute old", async () => {
  const { alone } = keepers(0);
  await alone.init(PASSWORD, draft("vault.init"));
  await alone.unlock(PASSWORD, draft());
  const codes = [];
  for (let i = 0; i < 8; i++) codes.push(await codeOf(alone.rotate(draft("vault.rotate"))));
  expect(codes).toEqual([...Array(7).fill("none"), "conflict"]);
});

test("notes that cannot be read are as if there were none", () => {
  for (const bad of [undefined, null, 7, { guesses: {} }]) expect(readNotes(bad)).toEqual(NO_NOTES);
});
