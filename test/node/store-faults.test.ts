/** The self-hosted server whose database fills up, becomes read-only or is damaged while it serves. */
import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import type * as Sqlite from "../../self-hosted/sqlite.ts";
import { askAdmin } from "../fakes/admin-client.ts";
import { ADMIN_TOKEN } from "../fakes/admin-token.ts";
import { clientOf, saying } from "../fakes/client.ts";
import { useGateway } from "../fakes/gateway.ts";

interface Opened {
  readonly file: string;
  readonly sqlite: ReturnType<typeof Sqlite.openSqlite>;
}

/** Every database that was opened: the server's own first, then the test's beside it. */
const opened: Opened[] = [];
vi.mock("../../self-hosted/sqlite.ts", async (original) => {
  const { openSqlite } = await original<typeof Sqlite>();
  return {
    openSqlite(file: string) {
      const sqlite = openSqlite(file);
      opened.push({ file, sqlite });
      return sqlite;
    },
  };
});

/** Runs on the server's own connection; answers the first value. */
async function onServer(sql: string): Promise<unknown> {
  const rows = await opened[0]?.sqlite.all({ sql, params: [] });
  return rows?.[0]?.[0];
}

const PAGES_MAX = 1_073_741_823;
const FILLER_ROWS_MAX = 1_000;

/** From here on the file cannot grow, and what was free in it is used up. */
async function fillUp(): Promise<void> {
  await onServer("create table if not exists filler (bytes blob)");
  await onServer(`pragma max_page_count = ${await onServer("pragma page_count")}`);
  for (const bytes of [3_000, 300, 30]) {
    for (let row = 0; row < FILLER_ROWS_MAX; row += 1) {
      const sql = `insert into filler values (zeroblob(${bytes}))`;
      const failed = await onServer(sql).catch(() => "full");
      if (failed === "full") break;
    }
  }
}

/** Fault → how it comes, and how it goes. */
const FAULTS: Readonly<Record<string, readonly [() => Promise<unknown>, () => Promise<unknown>]>> =
  {
    full: [fillUp, () => onServer(`pragma max_page_count = ${PAGES_MAX}`)],
    "read-only": [() => onServer("pragma query_only = 1"), () => onServer("pragma query_only = 0")],
  };

const SOON = { timeout: 10_000, interval: 100 };
/** Bytes enough that no page has room for them. */
const LONG_LIST = Array.from({ length: 60 }, () => "m".repeat(100));
const CHANGES_MAX = 50;
const PROMPT = "a prompt that nobody logs";

describe("a database that is", () => {
  const gateway = useGateway("node", {
    registry: {
      providers: [{ id: "vendor" }],
      models: [
        {
          ...{ id: "gpt-test", provider_id: "vendor" },
          pricing: { input_per_1k: 0.01, output_per_1k: 0.04 },
        },
      ],
    },
  });
  const ask = (what: string, body?: object) => askAdmin(gateway.home, what, { body });
  const complete = (key: string) =>
    clientOf(gateway.home, key).complete({ model: "gpt-test", messages: saying(PROMPT) });
  const logged = async () => {
    const sql = "select count(*) from request_log where status = 200";
    return (await gateway.home.sql.all({ sql, params: [] }))[0]?.[0];
  };
  let heal: (() => Promise<unknown>) | undefined;
  afterEach(() => heal?.());
  /** What was answered well so far. */
  let answered = 0;

  test.each(Object.entries(FAULTS))(
    "%s refuses changes in a typed way, serves on, and forgets nothing",
    {
      timeout: 60_000,
    },
    async (name, [begin, end]) => {
      const { key: spender, id } = (await ask("POST /keys", { name, budget_month_usd: 1 })).body;
      const free = gateway.home.key;
      const unseen = await gateway.home.addKey({});
      let spentUsd = 0;
      const said: string[] = [];
      const spend = async () => {
        const { status, headers, text } = await complete(spender);
        said.push(text);
        if (status === 200) spentUsd += Number(headers["x-tokenhub-cost-usd"]);
        if (status === 200) answered += 1;
        return status;
      };
      expect(await spend()).toBe(200);

      heal = end;
      await begin();
      for (const key of [free, unseen, free]) {
        expect((await complete(key)).status).toBe(200);
        answered += 1;
      }
      // What a full file still has room for may go on; where nothing can be written no budget can be kept.
      expect(name === "full" ? [200, 503] : [503]).toContain(await spend());
      const tried: number[] = [];
      while (tried.length < CHANGES_MAX && (tried.at(-1) ?? 201) === 201) {
        const change = { name: `${name} ${tried.length}`, allowed_models: LONG_LIST };
        const { status, text, body } = await ask("POST /keys", change);
        tried.push(status);
        if (status === 201) continue;
        said.push(text);
        expect(status).toBeGreaterThanOrEqual(500);
        expect(body.error).toMatchObject({ type: "api_error", request_id: expect.any(String) });
      }
      const accepted = tried.filter((status) => status === 201).length;
      expect(accepted).toBe(tried.length - 1);
      expect((await ask("GET /keys")).status).toBe(200);

      await end();
      expect(await spend()).toBe(200);
      const { data } = (await ask("GET /keys")).body as { data: readonly { name: string }[] };
      expect(data.filter((key) => key.name.startsWith(`${name} `))).toHaveLength(accepted);
      expect((await ask("POST /audit/verify", {})).body).toMatchObject({ ok: true });
      await vi.waitFor(async () => {
        expect(await logged()).toBe(answered);
        const { spent_month_usd } = (await ask(`GET /keys/${id}`)).body;
        expect(spent_month_usd).toBeCloseTo(spentUsd, 9);
      }, SOON);
      const told = JSON.stringify([said, gateway.home.log]);
      for (const secret of [ADMIN_TOKEN, spender, free, unseen, PROMPT, opened[0]?.file ?? ""]) {
        expect(told).not.toContain(secret);
      }
      expect(told).not.toMatch(/sqlite|pragma|insert into|\bat .*\.ts:\d+/i);
    },
  );

  test("damaged under a running server gives what is still known, and typed errors in place of the rest", async () => {
    const file = opened[0]?.file ?? "";
    await onServer("pragma wal_checkpoint(truncate)");
    await onServer("pragma shrink_memory");
    const descriptor = openSync(file, "r+");
    const zeros = Buffer.alloc(statSync(file).size - 4_096);
    writeSync(descriptor, zeros, 0, zeros.length, 4_096);
    closeSync(descriptor);
    // A key that is still known is served, one that has to be looked up is not.
    const { status, text } = await complete(gateway.home.key);
    expect([status, text.startsWith(status === 200 ? '{"id"' : '{"error"')]).toEqual([
      status === 200 ? 200 : 503,
      true,
    ]);
    for (const what of ["GET /keys", "GET /audit"]) {
      const { status, body, text } = await ask(what);
      expect([what, status >= 500, typeof body.error?.code]).toEqual([what, true, "string"]);
      expect(text).not.toMatch(/sqlite|malformed|\bat .*\.ts:\d+/i);
      expect(text).not.toContain(file);
    }
  });
});
