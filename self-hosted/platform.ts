/** The platform page, built for one Node process. */
import { hash, randomBytes } from "node:crypto";
import { ulid } from "ulid";
import type { PlanRunner } from "../src/actors/run-conduct.ts";
import { allowsAddress } from "../src/address.ts";
import type { AdminStore } from "../src/administration.ts";
import type { Limits } from "../src/limits.ts";
import type { Platform, Store } from "../src/platform.ts";
import { processActors } from "./actors.ts";
import { fileAssets, PAGE_FOLDER } from "./assets.ts";
import { type NodeBindings, nodeExchange } from "./exchange.ts";
import type { States } from "./kept-objects.ts";
import { createSend } from "./send.ts";
import { type NodeVaultInput, nodeVault } from "./vault.ts";

/** setTimeout's own bound; a longer one would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** What the shell found out before anything is served. */
export interface NodePlatformInput {
  readonly store: Store;
  readonly admin: AdminStore;
  /** Where the objects that outlive the process are kept. */
  readonly states: States;
  readonly limits: Limits;
  readonly privateEgress: readonly string[];
  /** What of the vault is kept outside of the database. */
  readonly vault: Pick<NodeVaultInput, "epochFile" | "pepper">;
  readonly log: Platform["log"];
}

/** The platform and what only the shell uses: repeated work, and an orderly end. */
export interface NodePlatform {
  readonly platform: Platform;
  /** Calls `work` every `ms` until `close`; its rejections are logged. */
  every(ms: number, work: () => Promise<void>): void;
  /** From now on background plans are run, those of earlier processes first. */
  runPlansWith(runner: PlanRunner): Promise<void>;
  /** Waits for deferred work, writes what waits, closes the connections. */
  close(): Promise<void>;
}

/** Builds it; nothing is opened before the first request. */
export function nodePlatform(input: NodePlatformInput): NodePlatform {
  const { log, limits } = input;
  const intervals: NodeJS.Timeout[] = [];
  const deferred = new Set<Promise<void>>();
  const failed = (where: string) => (error: unknown) =>
    log({ type: "deferred-failed", level: "error", where, error: nameOf(error) });

  function every(ms: number, work: () => Promise<void>): void {
    const interval = setInterval(() => work().catch(failed("interval")), ms);
    interval.unref();
    intervals.push(interval);
  }

  const environment = { ...process.env };
  const actors = processActors({ store: input.store, states: input.states, nowMs, timer, every });
  const sender = createSend({
    connectTimeoutMs: limits.connectMs,
    isAllowed: (to) => allowsAddress(to, input.privateEgress),
  });
  const platform: Platform = {
    store: input.store,
    admin: input.admin,
    vault: nodeVault({ ...input.vault, store: input.admin, nowMs, randomBytes }),
    randomBytes: (n) => randomBytes(n),
    asset: fileAssets(PAGE_FOLDER),
    actors,
    send: sender.send,
    exchange: (_request, env) => nodeExchange(env as NodeBindings, limits.writeStallMs),
    // Read once: asking the process itself costs a system call each time.
    credential: (name) => environment[name] || undefined,
    nowMs,
    after,
    timer,
    digest: (text) => hash("sha256", text),
    random: () => Math.random(),
    // Ids are no secrets; the default generator asks the kernel for every letter.
    newId: (prefix) => `${prefix}_${ulid(Date.now(), Math.random)}`,
    log,
    defer(work) {
      const settled = work.then(() => undefined, failed("defer"));
      deferred.add(settled);
      void settled.then(() => deferred.delete(settled));
    },
  };
  return {
    platform,
    every,
    runPlansWith: actors.runPlansWith,
    async close() {
      for (const interval of intervals) clearInterval(interval);
      await Promise.allSettled([...deferred]);
      await actors.flush().catch(failed("flush"));
      await sender.close();
    },
  };
}

const ORIGIN_MS = performance.timeOrigin;

/** Wall clock with the resolution of the monotonic one. */
function nowMs(): number {
  return ORIGIN_MS + performance.now();
}

function timer(ms: number, then: () => void): () => void {
  const id = setTimeout(then, Math.min(ms, TIMER_MAX_MS));
  return () => clearTimeout(id);
}

function after(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(id);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const id = setTimeout(done, ms);
    if (signal?.aborted) done();
    else signal?.addEventListener("abort", done, { once: true });
  });
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
