/** Keys that are nearly another, and keys that change while they are used. */
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { hashKey, makeKey } from "../../src/key.ts";
import { askAdmin } from "../fakes/admin-client.ts";
import { clientOf, saying } from "../fakes/client.ts";
import { useGateway } from "../fakes/gateway.ts";
import { HOME_NAMES } from "../fakes/homes.ts";

const SHARED_CHARS = 40;

/** Two good keys, alike in their first 40 characters: such a pair has one public id. */
function twins(): readonly [string, string] {
  const shared = Uint8Array.from({ length: 30 }, () => randomBytes(1)[0] ?? 0).map((n) => n % 62);
  const twin = () => {
    let drawn = false;
    return makeKey((n) => {
      const head = drawn ? new Uint8Array() : shared;
      drawn = true;
      return Uint8Array.from([...head, ...randomBytes(n - head.length)]);
    }).key;
  };
  return [twin(), twin()];
}

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    registry: {
      providers: [{ id: "vendor" }],
      models: [{ id: "gpt-test", provider_id: "vendor" }],
    },
    // Keys that were rotated away are asked with on purpose.
    limits: { keyGuessesMax: 10_000 },
  });
  const ask = (what: string, body?: object) => askAdmin(gateway.home, what, { body });
  const statusOf = async (key: string) => {
    const asked = { model: "gpt-test", messages: saying("Hello?") };
    return (await clientOf(gateway.home, key).complete(asked)).status;
  };
  const add = (key: string, fields: object = {}) =>
    gateway.home.addKey({ hash: hashKey(key), id: `key_${key.slice(9, 17)}`, ...fields });

  test("row 48: a key whose first 40 characters are another's is another, asked before it or after", async () => {
    for (const knownFirst of [true, false]) {
      const [known, forged] = twins();
      expect(forged.slice(0, SHARED_CHARS)).toBe(known.slice(0, SHARED_CHARS));
      expect(forged).not.toBe(known);
      await add(known);
      const expected = new Map([
        [known, 200],
        [forged, 401],
      ]);
      const order = knownFirst ? [known, forged] : [forged, known];
      for (const key of [...order, ...order]) expect(await statusOf(key)).toBe(expected.get(key));
    }
  });

  test("row 48: what one has used up the other has not, though they begin alike", async () => {
    const [one, other] = twins();
    await add(one, { id: "key_twinone0", rpm: 1 });
    await add(other, { id: "key_twintwo0", rpm: 1 });
    expect([await statusOf(one), await statusOf(one)]).toEqual([200, 429]);
    expect([await statusOf(other), await statusOf(other)]).toEqual([200, 429]);
  });

  test("row 41: of rotations at once, amid requests, the last one's hash is kept and it alone opens", {
    timeout: 60_000,
  }, async () => {
    const made = (await ask("POST /keys", { name: "rotated" })).body;
    let current: string = made.key;
    for (let round = 0; round < 10; round += 1) {
      const before = current;
      const rotations = Array.from({ length: 3 }, () =>
        ask(`POST /keys/${made.id}/rotate`, { overlap_seconds: 0 }),
      );
      const requests = Array.from({ length: 20 }, () => statusOf(before));
      const rotated = await Promise.all(rotations);
      for (const status of await Promise.all(requests)) expect([200, 401]).toContain(status);
      const given = rotated.filter(({ status }) => status === 200).map(({ body }) => body.key);
      expect(given.length).toBeGreaterThan(0);
      for (const { status } of rotated) expect([200, 409]).toContain(status);
      const rows = await gateway.home.sql.all({
        sql: "SELECT hash, previous_hash FROM api_key WHERE id = ?",
        params: [made.id],
      });
      const winners = given.filter((key) => hashKey(key) === rows[0]?.[0]);
      expect([rows.length, rows[0]?.[1], winners.length]).toEqual([1, null, 1]);
      for (const key of [before, ...given]) {
        expect(await statusOf(key)).toBe(key === winners[0] ? 200 : 401);
      }
      current = winners[0] ?? "";
    }
  });
});
