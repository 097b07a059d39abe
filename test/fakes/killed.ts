/** A self-hosted server in a process of its own, on one data folder, that is killed and started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import { Ledger } from "../../src/actors/ledger.ts";
import { usdFromNano } from "../../src/cost.ts";
import { createAdminStore } from "../../src/store/admin.ts";
import { type AdminReply, askAdmin } from "./admin-client.ts";
import { ADMIN_TOKEN } from "./admin-token.ts";
import { clientOf, saying } from "./client.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

const SERVER = path.join(import.meta.dirname, "../../self-hosted/server.ts");
/** Every hold and lease has its deadline before this. */
const SWEPT_MS = 24 * 3_600_000;

/** What one key's ledger holds in the database of a server that is gone. */
export interface KeptBooks {
  readonly spentUsd: number;
  readonly reservedUsd: number;
  /** Spent once everything that was left open has met its deadline. */
  readonly sweptUsd: number;
}

/** The server and its one upstream; `start` comes first. */
export interface Killed {
  readonly upstream: Upstream;
  /** A key without limits. */
  readonly freeKey: string;
  /** Resolves when it listens. */
  start(): Promise<void>;
  isRunning(): boolean;
  /** SIGKILL after so many milliseconds; resolves when the process is gone. */
  killWithin(ms: number): Promise<void>;
  /** A turn of the event loop of some milliseconds, so that one driver leaves room for the others. */
  pause(): Promise<void>;
  ask(what: string, body?: object): Promise<AdminReply>;
  complete(model: string, key: string): Promise<{ status: number; costUsd: number }>;
  /** Read from the file while no server runs. */
  books(keyId: string): Promise<KeptBooks>;
  close(): Promise<void>;
}

/** Nothing runs yet but the upstream. */
export async function startKilled(): Promise<Killed> {
  const folder = mkdtempSync(path.join(tmpdir(), "tokenhub-killed-"));
  const upstream = await startUpstream({ models: { up: {} } });
  let child: ChildProcess | undefined;
  let url = "";
  let freeKey = "";
  const later = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

  async function start(): Promise<void> {
    const started = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", SERVER], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN,
        TOKENHUB_DATA_DIR: path.join(folder, "data"),
        TOKENHUB_LISTEN_ADDR: "127.0.0.1:0",
        TOKENHUB_PRIVATE_EGRESS: "127.0.0.1",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = started;
    let text = "";
    url = await new Promise<string>((resolve, reject) => {
      started.once("close", () => reject(new Error(`it did not start: ${text}`)));
      for (const stream of [started.stdout, started.stderr]) {
        stream?.on("data", (part: Buffer) => {
          if (url && text.length > 100_000) return;
          text += part.toString();
          const found = /"url":"([^"]+)"/.exec(text)?.[1];
          if (found) resolve(found);
        });
      }
    });
    if (freeKey === "") freeKey = (await ask("POST /keys", { name: "free" })).body.key;
  }

  const ask = (what: string, body?: object) => askAdmin({ url }, what, { body });
  const isRunning = () => child?.exitCode === null && child.signalCode === null;

  async function kill(): Promise<void> {
    if (!child || !isRunning()) return;
    const gone = once(child, "close");
    child.kill("SIGKILL");
    await gone;
  }

  return {
    upstream,
    get freeKey() {
      return freeKey;
    },
    start,
    isRunning,
    async killWithin(ms) {
      await later(ms);
      await kill();
    },
    pause: () => later(5),
    ask,
    async complete(model, key) {
      const asked = { model, messages: saying("Hello?") };
      const { status, headers } = await clientOf({ url, key }).complete(asked);
      return { status, costUsd: Number(headers["x-tokenhub-cost-usd"] ?? 0) };
    },
    async books(keyId) {
      const sqlite = openSqlite(path.join(folder, "data/tokenhub.db"));
      const [row] = await createAdminStore(sqlite).actorState("ledger", keyId);
      sqlite.close();
      const ledger = new Ledger();
      if (row) ledger.restore(typeof row.state === "string" ? JSON.parse(row.state) : row.state);
      const nowMs = Date.now();
      const { spentNanoUsd, reservedNanoUsd } = ledger.usage(keyId, nowMs).keyMonth;
      ledger.wake(nowMs + SWEPT_MS);
      const swept = ledger.usage(keyId, nowMs).keyMonth;
      return {
        spentUsd: usdFromNano(spentNanoUsd),
        reservedUsd: usdFromNano(reservedNanoUsd),
        sweptUsd: usdFromNano(swept.spentNanoUsd),
      };
    },
    async close() {
      await kill();
      await upstream.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
