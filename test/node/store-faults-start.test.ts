/** A start on a database that cannot serve: one sentence that names the file and what to do, and nothing is changed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { migrate } from "../../self-hosted/migrate.ts";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import { createStore } from "../../src/store/store.ts";
import { ADMIN_TOKEN } from "../fakes/admin-token.ts";
import { addKey } from "../fakes/homes.ts";
import { runs } from "../fakes/long.ts";
import { seeded } from "../fakes/seeded.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const PAGE_BYTES = 4_096;
const FLIPS = runs(100, 1_000);
/** Root may write everything; then the server runs as the user whom no file belongs to. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

let folder: string;
let good: string;
const file = () => path.join(folder, "data/tokenhub.db");
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "tokenhub-faults-"));
  chmodSync(folder, 0o755);
  good = path.join(folder, "good.db");
  const sqlite = openSqlite(good);
  await migrate(sqlite, path.join(ROOT, "migrations"));
  const store = createStore(sqlite);
  for (let n = 0; n < 50; n += 1) await addKey(store, { name: `key ${n}` });
  sqlite.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(path.join(folder, "data"), { recursive: true, force: true });
  mkdirSync(path.join(folder, "data"));
  copyFileSync(good, file());
});

/** Starts the server, through a shell where `limit` is a line of one, and answers how it ended. */
async function started(options: { limit?: string; user?: typeof NOBODY } = {}) {
  const script = path.join(ROOT, "self-hosted/server.ts");
  const args = ["--disable-warning=ExperimentalWarning", script];
  const { limit = "true", user = {} } = options;
  const child = spawn("sh", ["-c", `${limit}; exec "$@"`, "sh", process.execPath, ...args], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN,
      TOKENHUB_DATA_DIR: path.join(folder, "data"),
      TOKENHUB_LISTEN_ADDR: "127.0.0.1:0",
    },
    stdio: ["ignore", "pipe", "pipe"],
    ...user,
  });
  let text = "";
  let ending = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part: Buffer) => {
      text += part.toString();
      // One that listens did start: it is ended, and its code is then not 2.
      if (ending || !/"url":"/.test(text)) return;
      ending = true;
      child.kill("SIGTERM");
    });
  }
  const [code] = await once(child, "close");
  return { code, text };
}

/** One sentence for the operator, of these words; neither a stack nor a secret. */
function expectRefusal({ code, text }: { code: unknown; text: string }, words: RegExp): void {
  expect([code, text]).toEqual([2, expect.stringMatching(words)]);
  expect(text).toContain(file());
  expect(text.trimEnd().split("\n")).toHaveLength(1);
  expect(text).not.toMatch(/\bat .*:\d+:\d+/);
  expect(text).not.toContain(ADMIN_TOKEN);
}

describe("a start", () => {
  test.each([
    ["its first page zeroed", 0],
    ["another page zeroed", 3],
  ])("with %s is refused, and the file stays as it is", async (_, page) => {
    const bytes = readFileSync(file()).fill(0, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
    writeFileSync(file(), bytes);
    expectRefusal(await started(), /damaged|no SQLite database/);
    expect(readFileSync(file()).equals(bytes)).toBe(true);
  });

  test("on half of a file is refused, and the file stays as it is", async () => {
    const bytes = readFileSync(good);
    const half = bytes.subarray(0, bytes.length / 2);
    writeFileSync(file(), half);
    expectRefusal(await started(), /damaged/);
    expect(readFileSync(file()).equals(half)).toBe(true);
  });

  test("on a file and folder that this user may not write is refused", async () => {
    chmodSync(file(), 0o444);
    chmodSync(path.join(folder, "data"), 0o555);
    expectRefusal(await started({ user: NOBODY }), /Let this user write/);
    expect(readFileSync(file()).equals(readFileSync(good))).toBe(true);
  });

  test("that may write no more than some bytes is refused, and the next finds everything", async () => {
    // In units of 512 bytes: the file is larger already, its journal may not grow as far.
    expectRefusal(await started({ limit: "ulimit -f 8" }), /disk/);
    const { code, text } = await started();
    expect([code, text]).toEqual([0, expect.stringContaining('"url":"')]);
    const sqlite = openSqlite(file());
    const sql = "select count(*) from api_key where name like 'key %'";
    expect(await sqlite.all({ sql, params: [] })).toEqual([[50]]);
    sqlite.close();
  });
});

test(`of ${FLIPS} flipped bytes each is either told or harmless to the schema`, async () => {
  const random = seeded(11);
  const bytes = readFileSync(good);
  let refused = 0;
  for (let flip = 0; flip < FLIPS; flip += 1) {
    for (const name of readdirSync(path.join(folder, "data"))) {
      rmSync(path.join(folder, "data", name));
    }
    const at = Math.floor(random() * bytes.length);
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ 0xff;
    writeFileSync(file(), flipped);
    try {
      const sqlite = openSqlite(file());
      await createStore(sqlite)
        .registry()
        .finally(() => sqlite.close());
    } catch (error) {
      refused += 1;
      expect([at, String(error)]).toEqual([at, expect.stringContaining(`Database ${file()}: `)]);
      expect(String(error)).toMatch(/Restore a backup|no SQLite database|refused a statement/);
    }
  }
  expect(refused).toBeGreaterThan(0);
});
