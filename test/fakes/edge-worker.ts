/** The deployed Worker with limits that a suite may shrink: JSON in the binding `LIMITS`. */
import { LIMITS } from "../../src/limits.ts";
import { createWorker, type Env } from "../../src/worker.ts";

export * from "../../durable-objects/index.ts";

let worker: ReturnType<typeof createWorker> | undefined;

function workerOf(env: Env & { readonly LIMITS?: string }) {
  worker ??= createWorker({ ...LIMITS, ...JSON.parse(env.LIMITS ?? "{}") });
  return worker;
}

export default {
  fetch: (request, env) => workerOf(env).fetch(request, env),
  scheduled: (event, env) => workerOf(env).scheduled(event, env),
} satisfies ExportedHandler<Env>;
