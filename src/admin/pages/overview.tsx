/** The overview: what happened in the last hours, and what happens now. */
import { useMemo, useState } from "preact/hooks";
import { get } from "../api.ts";
import { count, millis, ms, percent, usd } from "../format.ts";
import { useEvery, useLoad } from "../load.ts";
import type { StatsPoint } from "../log-shapes.ts";
import { Chart, type Line } from "../parts/chart.tsx";
import { Page, When } from "../parts/page.tsx";
import { LiveFeed } from "./live-feed.tsx";
import type { PageProps } from "./page.ts";

/** Range → its length and its step. */
const RANGES = {
  hour: { words: "Last hour", ms: 3_600_000, stepMs: 60_000 },
  day: { words: "Last day", ms: 86_400_000, stepMs: 900_000 },
  week: { words: "Last week", ms: 7 * 86_400_000, stepMs: 7_200_000 },
  month: { words: "Last month", ms: 30 * 86_400_000, stepMs: 28_800_000 },
} as const;
type RangeName = keyof typeof RANGES;

const REFRESH_MS = 15_000;

/** Points of every step of the range, those without a request included. */
interface Series {
  readonly timesMs: readonly number[];
  readonly points: readonly (StatsPoint | undefined)[];
}

async function load(name: RangeName): Promise<Series> {
  const { ms: length, stepMs } = RANGES[name];
  const toMs = Math.ceil(Date.now() / stepMs) * stepMs;
  const fromMs = toMs - length;
  const query = new URLSearchParams({
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    step: String(stepMs / 1000),
  });
  const { data } = await get<{ data: readonly StatsPoint[] }>(`/stats?${query}`);
  const byStep = new Map(
    data.map((point) => [Math.floor((millis(point.at) ?? 0) / stepMs), point]),
  );
  const steps = Array.from({ length: length / stepMs }, (_, index) => fromMs / stepMs + index);
  return {
    timesMs: steps.map((step) => step * stepMs),
    points: steps.map((step) => byStep.get(Math.floor(step))),
  };
}

/** `#/overview`. */
export function OverviewPage(_props: PageProps) {
  const [range, setRange] = useState<RangeName>("hour");
  const series = useLoad(range, () => load(range));
  useEvery(REFRESH_MS, () => void series.reload());
  return (
    <Page
      title="Overview"
      actions={
        <select
          aria-label="Range"
          value={range}
          onChange={(event) => setRange(event.currentTarget.value as RangeName)}
        >
          {Object.entries(RANGES).map(([name, { words }]) => (
            <option key={name} value={name}>
              {words}
            </option>
          ))}
        </select>
      }
    >
      <When loaded={series}>{(data) => <Numbers series={data} />}</When>
      <LiveFeed />
    </Page>
  );
}

function sum(points: Series["points"], of: (point: StatsPoint) => number): number {
  return points.reduce((total, point) => total + (point ? of(point) : 0), 0);
}

function Numbers({ series }: { series: Series }) {
  const { timesMs, points } = series;
  const requests = sum(points, (point) => point.requests);
  const errors = sum(points, (point) => point.errors);
  const latency = sum(points, (point) => point.latency_mean_ms * point.requests);
  const tokens = sum(points, (one) => (one.prompt_tokens ?? 0) + (one.completion_tokens ?? 0));
  const charts = useMemo(() => chartsOf(points), [points]);
  const tiles = [
    ["Requests", count(requests), ""],
    ["Errors", count(errors), requests > 0 ? percent(errors / requests) : ""],
    ["Spend", usd(sum(points, (point) => point.cost_usd)), ""],
    ["Mean latency", requests > 0 ? ms(latency / requests) : "–", ""],
    ["Tokens", count(tokens), ""],
  ] as const;
  return (
    <>
      <dl class="tiles">
        {tiles.map(([name, value, more]) => (
          <div class="tile" key={name}>
            <dt>{name}</dt>
            <dd>
              {value} <span class="small">{more}</span>
            </dd>
          </div>
        ))}
      </dl>
      <div class="grid-2">
        {charts.map(({ title, lines }) => (
          <Chart key={title} title={title} timesMs={timesMs} lines={lines} />
        ))}
      </div>
    </>
  );
}

function chartsOf(points: Series["points"]): readonly { title: string; lines: readonly Line[] }[] {
  const zero = (of: (point: StatsPoint) => number) =>
    points.map((point) => (point ? of(point) : 0));
  const gaps = (of: (point: StatsPoint) => number) =>
    points.map((point) => (point ? of(point) : null));
  const whole = (value: number | null | undefined) => count(value);
  return [
    {
      title: "Requests",
      lines: [
        {
          label: "requests",
          colour: 1,
          values: zero((one) => one.requests),
          write: whole,
          whole: true,
        },
      ],
    },
    {
      title: "Errors",
      lines: [
        {
          label: "errors",
          colour: 3,
          values: zero((one) => one.errors),
          write: whole,
          whole: true,
        },
      ],
    },
    {
      title: "Spend",
      lines: [{ label: "spend", colour: 4, values: zero((one) => one.cost_usd), write: usd }],
    },
    {
      title: "Latency",
      lines: [
        { label: "mean", colour: 2, values: gaps((one) => one.latency_mean_ms), write: ms },
        { label: "highest", colour: 5, values: gaps((one) => one.latency_max_ms), write: ms },
      ],
    },
  ];
}
