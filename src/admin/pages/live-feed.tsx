/** What happens now: requests as they are done. */
import { useEffect, useState } from "preact/hooks";
import { segment } from "../api.ts";
import { ms, time, usd } from "../format.ts";
import type { RequestRow } from "../log-shapes.ts";
import { Badge, Empty } from "../parts/notice.tsx";
import { Card } from "../parts/page.tsx";
import { StatusBadge } from "./status-badge.tsx";

const SHOWN_MAX = 30;
const ALARMS_MAX = 5;

/** Something that people must hear of. */
interface AlarmRow {
  readonly event: string;
  readonly subject: string;
  readonly at: string;
}

type State = "connecting" | "live" | "reconnecting" | "ended";

/** State → how it is shown. */
const KINDS = { connecting: "info", live: "good", reconnecting: "warn", ended: "bad" } as const;

function parsed<T>(text: string): T | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The last requests, newest first. The browser connects again by itself. */
export function LiveFeed() {
  const [state, setState] = useState<State>("connecting");
  const [rows, setRows] = useState<readonly RequestRow[]>([]);
  const [alarms, setAlarms] = useState<readonly AlarmRow[]>([]);
  const [paused, setPaused] = useState(false);
  useEffect(() => {
    if (paused) return;
    setState("connecting");
    const source = new EventSource("/admin/v1/events");
    source.onopen = () => setState("live");
    source.onerror = () => {
      setState(source.readyState === EventSource.CLOSED ? "ended" : "reconnecting");
    };
    source.addEventListener("request", (event) => {
      const row: RequestRow | undefined = parsed(event.data);
      if (row) setRows((before) => [row, ...before].slice(0, SHOWN_MAX));
    });
    source.addEventListener("alert", (event) => {
      const alarm: AlarmRow | undefined = parsed(event.data);
      if (alarm) setAlarms((before) => [alarm, ...before].slice(0, ALARMS_MAX));
    });
    return () => source.close();
  }, [paused]);
  return (
    <Card
      title="Live"
      actions={
        <>
          {paused ? <Badge>paused</Badge> : <Badge kind={KINDS[state]}>{state}</Badge>}
          <button type="button" class="small" onClick={() => setPaused(!paused)}>
            {paused ? "Go on" : "Pause"}
          </button>
        </>
      }
    >
      <ul class="feed" aria-live="polite" aria-label="Alarms">
        {alarms.map((alarm) => (
          <li key={alarm.at + alarm.event + alarm.subject}>
            <span>{time(alarm.at).slice(11)}</span>
            <span>{alarm.subject}</span>
            <Badge kind="bad">{alarm.event}</Badge>
          </li>
        ))}
      </ul>
      {rows.length === 0 && <Empty>No request since this page was opened.</Empty>}
      <ul class="feed">
        {rows.map((row) => (
          <li key={row.id}>
            <a href={`#/requests/${segment(row.id)}`} title={row.id}>
              {time(row.at).slice(11)}
            </a>
            <span>{sentenceOf(row)}</span>
            <StatusBadge status={row.status} code={row.error_code} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function sentenceOf(row: RequestRow): string {
  const served = row.model_id ? `${row.model_id} at ${row.provider_id}` : "nobody";
  const tries = row.attempts > 1 ? `${row.attempts} tries` : undefined;
  const words = [served, row.mode, ms(row.latency_ms), usd(row.cost_usd), tries];
  return words.filter((word) => word).join(" · ");
}
