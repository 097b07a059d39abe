/** The live view: requests as they are done, and alarms, as server-sent events. */
import { z } from "zod";
import { actorRef, FIRST } from "../../actors/index.ts";
import type { Gateway } from "../../isolate.ts";
import type { Source } from "../../platform.ts";
import { frame } from "../../wire/sse.ts";
import { isoTime } from "./answer.ts";
import { toldRequest } from "./requests.ts";
import { type AdminRoute, adminRoute } from "./route.ts";

const POLL_MS = 1_000;
/** A quiet connection says this often that it lives. */
const QUIET_MS = 15_000;
/** No longer than an idle session, so that an open page does not keep one alive. */
const LENGTH_MS = 15 * 60_000;

/** `sinceSeq` undefined: what comes from now on. */
function follow(gateway: Gateway, sinceSeq: number | undefined, signal: AbortSignal): Source {
  const { platform } = gateway;
  const feed = actorRef(platform.actors, "feed", FIRST);
  const utf8 = new TextEncoder();
  const endMs = platform.nowMs() + LENGTH_MS;
  const alerts = actorRef(platform.actors, "alerts", FIRST);
  let since = sinceSeq;
  /** undefined: alarms from now on; those before are in the webhooks' hands. */
  let alarmsSince: number | undefined;
  let spokeAtMs = Number.NEGATIVE_INFINITY;
  let open = true;

  async function poll(): Promise<string> {
    const { seq, rows } = await feed.recent(since ?? Number.MAX_SAFE_INTEGER);
    const told = since === undefined ? [] : rows;
    since = seq;
    const requests = told.map(
      (row) =>
        `id: ${row.seq}\n${frame({ event: "request", data: JSON.stringify(toldRequest(row)) })}`,
    );
    return [...requests, ...(await alarms())].join("");
  }

  async function alarms(): Promise<string[]> {
    const news = await alerts.recent(alarmsSince ?? Number.MAX_SAFE_INTEGER);
    alarmsSince = news.seq;
    return news.alarms.map(({ event, subject, atMs }) =>
      frame({ event: "alert", data: JSON.stringify({ event, subject, at: isoTime(atMs) }) }),
    );
  }

  return {
    async read() {
      for (let first = spokeAtMs < 0; open && !signal.aborted; first = false) {
        const nowMs = platform.nowMs();
        if (nowMs >= endMs) break;
        if (!first) await platform.after(POLL_MS, signal);
        const text = await poll();
        const isQuiet = platform.nowMs() - spokeAtMs >= QUIET_MS;
        if (text === "" && !isQuiet) continue;
        spokeAtMs = platform.nowMs();
        return utf8.encode(text || ": open\n\n");
      }
      return undefined;
    },
    cancel() {
      open = false;
    },
  };
}

/** `GET /events`. */
export const eventRoutes: readonly AdminRoute[] = [
  adminRoute({
    ...{ method: "GET", path: "/events", guard: "admin" },
    summary: "Requests as they are done, and alarms (SSE, for 15 minutes)",
    answer: z.string(),
    answerType: "text/event-stream",
    async handle({ gateway, exchange }) {
      const last = exchange.header("last-event-id");
      const sinceSeq = last !== undefined && /^\d{1,15}$/.test(last) ? Number(last) : undefined;
      const headers = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
      return { headers, source: follow(gateway, sinceSeq, exchange.signal) };
    },
  }),
];
