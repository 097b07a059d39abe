/** One database and as many gateways on it, one after the other, as a test kills and starts: background plans. */
import path from "node:path";
import { processActors } from "../../self-hosted/actors.ts";
import { keptStates } from "../../self-hosted/kept-objects-states.ts";
import { migrate } from "../../self-hosted/migrate.ts";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import { createApp } from "../../src/app.ts";
import { createGateway } from "../../src/isolate.ts";
import { type KeyRecord, makeKey, unlimitedKey } from "../../src/key.ts";
import { LIMITS } from "../../src/limits.ts";
import type { ActorHost, RequestRow } from "../../src/platform.ts";
import { MODES } from "../../src/policies/index.ts";
import { planRunner } from "../../src/routes/plan.ts";
import { readSettings } from "../../src/settings.ts";
import { createAdminStore } from "../../src/store/admin.ts";
import { SCHEMA_VERSION } from "../../src/store/schema.ts";
import { createStore } from "../../src/store/store.ts";
import { quiet } from "./hand-clock.ts";
import { type Answerer, fakePlatform } from "./platform.ts";
import { NO_ROWS } from "./records.ts";
import { rowsOf } from "./registry.ts";
import { seeded } from "./seeded.ts";

const MIGRATIONS = path.join(import.meta.dirname, "../../migrations");

/** What `GET /v1/plan/{id}` tells. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
export type PlanTold = any;

/** One process. */
export interface PlanProcess {
  /** Makes a plan; answers its id. */
  make(body: object): Promise<string>;
  tell(planId: string, method?: string): Promise<{ status: number; body: PlanTold }>;
  get(path: string): Promise<{ status: number; body: PlanTold }>;
  /** From now on it does nothing more: no timer rings, no call leaves, none comes back. */
  kill(): void;
}

/** The database, the clock and the upstream, which outlive every process. */
export interface PlanHome {
  readonly clock: ReturnType<typeof fakePlatform>["clock"];
  readonly vault: ReturnType<typeof fakePlatform>["vault"];
  /** Models that were asked, in order. */
  readonly asked: readonly string[];
  /** Answers every process. */
  answer(answerer: Answerer): void;
  /** Calls to the state that are never answered, as in a process that dies then. */
  hang(when: (method: string, args: readonly unknown[]) => boolean): void;
  start(): Promise<PlanProcess>;
  /** Time goes by, a second at a time, with all that a process does each second. */
  pass(ms: number): Promise<void>;
  changeKey(change: Partial<KeyRecord>): Promise<void>;
  rows(): Promise<readonly RequestRow[]>;
}

/** `registry`: sections of a config file. */
export async function startPlanHome(
  registry: Readonly<Record<string, readonly object[]>>,
  limits: Partial<KeyRecord> = {},
): Promise<PlanHome> {
  const sqlite = openSqlite(":memory:");
  await migrate(sqlite, MIGRATIONS);
  const store = createStore(sqlite);
  const admin = createAdminStore(sqlite);
  await store.declare("config", rowsOf(registry));
  const { clock, vault, ...fake } = fakePlatform(NO_ROWS);
  const chance = seeded(3);
  const made = makeKey((n) => Uint8Array.from({ length: n }, () => Math.floor(chance() * 256)));
  let record = { ...unlimitedKey(made, { name: "test", createdAtMs: 1_000 }), ...limits };
  await store.putKey(record);
  const asked: string[] = [];
  let answerer: Answerer = () => new Promise(() => undefined);
  let hangs = (_method: string, _args: readonly unknown[]) => false;
  let turn = async () => {};
  let ids = 0;

  async function start(): Promise<PlanProcess> {
    let isAlive = true;
    const never = new Promise<never>(() => undefined);
    const living = async <T>(work: Promise<T>): Promise<T> => {
      const value = await work;
      return isAlive ? value : never;
    };
    const timer = (ms: number, then: () => void) => clock.timer(ms, () => void (isAlive && then()));
    const host = processActors({
      ...{ store, states: keptStates(admin, sqlite), nowMs: clock.nowMs, timer },
      every: (_ms, work) => {
        turn = () => (isAlive ? work() : Promise.resolve());
      },
    });
    const call: ActorHost["call"] = (to, method, args) =>
      hangs(method, args) ? never : living(host.call(to, method, args));
    const gateway = createGateway({
      platform: {
        ...{ ...fake, clock, vault, store, admin, timer, actors: { ...host, call } },
        after: (ms, signal) => living(clock.after(ms, signal)),
        newId: (prefix) => `${prefix}_${String(++ids).padStart(26, "0")}`,
        async send(call) {
          const body =
            typeof call.body === "string" ? call.body : new TextDecoder().decode(call.body);
          asked.push(JSON.parse(body).model);
          return living(Promise.resolve(answerer({ ...call, body }, asked.length - 1)));
        },
      },
      limits: LIMITS,
      settings: readSettings({}, { modes: MODES }).settings,
      schemaVersion: SCHEMA_VERSION,
    });
    const app = createApp(gateway, { misconfigured: false });
    await gateway.snapshot.refresh();
    await host.runPlansWith(planRunner(gateway));
    const ask = async (method: string, at: string, body?: object) => {
      const headers = { authorization: `Bearer ${made.key}`, "content-type": "application/json" };
      const text = body && JSON.stringify(body);
      const response = await app.request(`http://tokenhub.test${at}`, {
        ...{ method, headers },
        ...(text !== undefined && { body: text }),
      });
      return { status: response.status, body: JSON.parse(await response.text()) as PlanTold };
    };
    return {
      async make(body) {
        const told = await ask("POST", "/v1/plan", body);
        if (told.status !== 202) throw new Error(JSON.stringify(told.body));
        return told.body.plan_id;
      },
      tell: (planId, method = "GET") => ask(method, `/v1/plan/${planId}`),
      get: (at) => ask("GET", at),
      kill() {
        isAlive = false;
      },
    };
  }

  return {
    clock,
    vault,
    asked,
    answer(next) {
      answerer = next;
    },
    hang(when) {
      hangs = when;
    },
    start,
    async pass(ms) {
      for (let passed = 0; passed < ms; passed += 1_000) {
        await clock.advance(1_000);
        await turn();
        for (let i = 0; i < 20; i++) await quiet();
      }
    },
    async changeKey(change) {
      record = { ...record, ...change };
      await store.putKey(record);
    },
    rows: () => admin.requests({ limit: 100 }),
  };
}
