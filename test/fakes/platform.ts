/** A home made of nothing: a clock moved by hand, seeded chance, memory for a store, upstreams by script. */
import { processActors } from "../../self-hosted/actors.ts";
import type { RegistryRows } from "../../src/catalog.ts";
import { edgeExchange } from "../../src/edge/exchange.ts";
import { hashKey } from "../../src/key.ts";
import type { Outcome, Platform, UpstreamCall, UpstreamReply } from "../../src/platform.ts";
import { createAdminStore } from "../../src/store/admin.ts";
import type { Sql } from "../../src/store/sql.ts";
import type { LogEvent } from "../../src/telemetry.ts";
import { type HandClock, handClock } from "./hand-clock.ts";
import { type MemoryStore, memoryStore } from "./memory-store.ts";
import { seeded } from "./seeded.ts";
import { type FakeVault, fakeVault } from "./vault.ts";

/** Newest migration that the fake store has and the fake gateway knows. */
export const SCHEMA = "0001_fake";

/** Suites of the admin API run on a real database. */
const noSql: Sql = {
  all: () => Promise.reject(new Error("the fake platform has no database")),
  batch: () => Promise.reject(new Error("the fake platform has no database")),
};

const UTF8 = new TextDecoder();

/** A call with its body as text, whatever it was sent as. */
export type SeenCall = Omit<UpstreamCall, "body"> & { readonly body: string | undefined };

/** Answers one call, or throws what a transport throws. `index` counts all calls from 0. */
export type Answerer = (call: SeenCall, index: number) => UpstreamReply | Promise<UpstreamReply>;

/** The platform, and a test's hands on it. */
export interface FakePlatform extends Platform {
  readonly clock: HandClock;
  readonly store: MemoryStore;
  readonly vault: FakeVault;
  readonly actors: ReturnType<typeof processActors>;
  readonly logged: readonly LogEvent[];
  readonly calls: readonly SeenCall[];
  /** What was told to the providers' objects. */
  readonly outcomes: readonly (Outcome & { readonly providerId: string })[];
  /** Credentials by name. */
  readonly credentials: Map<string, string>;
  /** Answers the calls from now on. */
  answer(answerer: Answerer): void;
  /** How work that was deferred ended badly. */
  readonly deferredFaults: readonly unknown[];
}

/** Everything in it starts anew; the same seed gives the same chance. */
export function fakePlatform(rows: RegistryRows, seed = 1): FakePlatform {
  const clock = handClock();
  const store = memoryStore(rows, SCHEMA);
  const logged: LogEvent[] = [];
  const calls: SeenCall[] = [];
  const deferredFaults: unknown[] = [];
  const credentials = new Map<string, string>();
  const outcomes: (Outcome & { readonly providerId: string })[] = [];
  // Nothing is repeated by itself: a test flushes when it wants to see rows.
  const actors = processActors({ store, nowMs: clock.nowMs, every: () => undefined });
  const random = seeded(seed);
  let ids = 0;
  let answerer: Answerer = () => {
    throw new Error("no answer is scripted");
  };
  return {
    clock,
    store,
    admin: createAdminStore(noSql),
    vault: fakeVault(),
    actors: {
      ...actors,
      call(to, method, args) {
        const told = method === "observe" ? (args[0] as readonly Outcome[]) : [];
        outcomes.push(...told.map((one) => ({ ...one, providerId: to.name })));
        return actors.call(to, method, args);
      },
    },
    outcomes,
    logged,
    calls,
    credentials,
    deferredFaults,
    answer(next) {
      answerer = next;
    },
    async send(asked) {
      const { body } = asked;
      const call = { ...asked, body: typeof body === "object" ? UTF8.decode(body) : body };
      calls.push(call);
      const reply = await Promise.race([aborted(call.signal), answerer(call, calls.length - 1)]);
      call.signal.addEventListener("abort", () => reply.body.cancel());
      return reply;
    },
    exchange: (request) => edgeExchange(request, clock.timer),
    credential: (name) => credentials.get(name),
    nowMs: clock.nowMs,
    after: clock.after,
    timer: clock.timer,
    digest: hashKey,
    random,
    randomBytes: (n) => Uint8Array.from({ length: n }, () => Math.floor(random() * 256)),
    asset: async () => undefined,
    newId: (prefix) => `${prefix}_${String(++ids).padStart(26, "0")}`,
    log: (event) => void logged.push(event),
    defer(work) {
      work.catch((error) => void deferredFaults.push(error));
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = () => reject(Object.assign(new Error("aborted"), { code: "ABORT_ERR" }));
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
}
