/** Bars: how much of a budget is spent, what a score is made of, how long something took. */
import { ms, usd } from "../format.ts";

/** Spent of a limit, the words beside the picture; without a limit the words alone. */
export function SpendBar(props: { spent: number | undefined; limit: number | undefined }) {
  const { spent, limit } = props;
  if (limit === undefined) return <span>{spent === undefined ? "no limit" : usd(spent)}</span>;
  if (spent === undefined) return <span>at most {usd(limit)}</span>;
  const share = limit === 0 ? 1 : Math.min(1, spent / limit);
  const colour = share >= 1 ? "bar-3" : share >= 0.8 ? "bar-5" : "bar-1";
  return (
    <div>
      <span class="small">
        {usd(spent)} of {usd(limit)}
      </span>
      <div class="bar" aria-hidden="true">
        <span class={colour} style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  );
}

/** Term → its colour; the same in every bar. */
const TERMS: Readonly<Record<string, number>> = {
  cost: 1,
  latency: 2,
  failure: 3,
  load: 5,
  weight: 4,
};

/** What the colours of `ScoreBar` mean. */
export function ScoreLegend() {
  return (
    <ul class="legend">
      {Object.entries(TERMS).map(([term, colour]) => (
        <li key={term}>
          <i class={`bar-${colour}`} />
          {term}
          {term === "weight" && " (lowers the score)"}
        </li>
      ))}
    </ul>
  );
}

/** The terms of a score side by side, all bars of a table on the same scale `most`. */
export function ScoreBar(props: { terms: Readonly<Record<string, number>>; most: number }) {
  const words = Object.entries(props.terms).map(([term, value]) => `${term} ${value.toFixed(3)}`);
  return (
    <div title={words.join("\n")}>
      <div class="bar" aria-hidden="true">
        {Object.entries(TERMS).map(([term, colour]) => {
          const share = Math.abs(props.terms[term] ?? 0) / (props.most || 1);
          return <span key={term} class={`bar-${colour}`} style={{ width: `${share * 100}%` }} />;
        })}
      </div>
      <span class="unseen">{words.join(", ")}</span>
    </div>
  );
}

/** How long something took, all bars of a table on the same scale `most`; the words beside the picture. */
export function DurationBar(props: { ms: number | undefined; most: number; colour: number }) {
  const share = (props.ms ?? 0) / (props.most || 1);
  return (
    <div class="duration">
      <div class="bar" aria-hidden="true">
        <span class={`bar-${props.colour}`} style={{ width: `${share * 100}%` }} />
      </div>
      <span>{ms(props.ms)}</span>
    </div>
  );
}
