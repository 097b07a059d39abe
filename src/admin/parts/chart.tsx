/** A time series drawn by uPlot in the page's own colours, with its numbers in words for who cannot see it. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { time } from "../format.ts";

/** One line of a chart. */
export interface Line {
  readonly label: string;
  /** Which of the five picture colours. */
  readonly colour: 1 | 2 | 3 | 4 | 5;
  readonly values: readonly (number | null)[];
  /** Counted things: the axis has no fractions. */
  readonly whole?: boolean;
  /** How a value is written. */
  readonly write: (value: number | null | undefined) => string;
}

const HEIGHT_PX = 150;
const AXIS_PX = 72;

function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Steps of an axis of counted things: 1, 2, 5, 10, 20, … */
const WHOLE_STEPS = Array.from({ length: 9 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
).flat();
const DAY_MS = 86_400_000;

/** A tick of the time axis: the hour, or the day where the axis spans several. */
function label(at: number, splits: readonly number[]): string {
  const isLong = (splits.at(-1) ?? 0) - (splits[0] ?? 0) > DAY_MS;
  return isLong ? time(at).slice(5, 10) : time(at).slice(11, 16);
}

function drawn(
  element: HTMLElement,
  data: { timesMs: readonly number[]; lines: readonly Line[] },
): uPlot {
  const faint = colourOf("--faint");
  const grid = { stroke: colourOf("--line"), width: 1 };
  const first = data.lines[0];
  return new uPlot(
    {
      width: Math.max(200, element.clientWidth),
      height: HEIGHT_PX,
      ms: 1,
      cursor: { y: false },
      axes: [
        {
          stroke: faint,
          grid,
          ticks: grid,
          space: 60,
          size: 30,
          values: (_plot, splits) => splits.map((at) => label(at, splits)),
        },
        {
          stroke: faint,
          grid,
          ticks: grid,
          size: AXIS_PX,
          ...(first?.whole ? { incrs: WHOLE_STEPS } : {}),
          values: (_plot, splits) => splits.map((value) => first?.write(value) ?? ""),
        },
      ],
      scales: { y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } },
      series: [
        { label: "Time", value: (_plot: uPlot, at: number | null) => time(at).slice(0, 16) },
        ...data.lines.map((line) => ({
          label: line.label,
          stroke: colourOf(`--bar-${line.colour}`),
          width: 1.5,
          // A value between two gaps has no line.
          points: { show: line.values.includes(null), size: 5 },
          value: (_plot: uPlot, value: number | null) => line.write(value),
        })),
      ],
    },
    [[...data.timesMs], ...data.lines.map((line) => [...line.values])] as uPlot.AlignedData,
    element,
  );
}

/** Draws anew when the data, the width or the colour scheme change. */
export function Chart(props: {
  title: string;
  timesMs: readonly number[];
  lines: readonly Line[];
}) {
  const box = useRef<HTMLDivElement>(null);
  const { timesMs, lines } = props;
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let plot = drawn(element, { timesMs, lines });
    const again = () => {
      plot.destroy();
      plot = drawn(element, { timesMs, lines });
    };
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", again);
    const watch = new ResizeObserver(() => {
      if (Math.abs(plot.width - element.clientWidth) > 2) {
        plot.setSize({ width: element.clientWidth, height: HEIGHT_PX });
      }
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      scheme.removeEventListener("change", again);
      plot.destroy();
    };
  }, [timesMs, lines]);
  return (
    <figure class="card" aria-label={`${props.title}: ${inWords(lines)}`}>
      <h2>{props.title}</h2>
      <div class="chart" ref={box} aria-hidden="true" />
    </figure>
  );
}

function inWords(lines: readonly Line[]): string {
  return lines
    .map(({ label, values, write }) => {
      const known = values.filter((value) => value !== null);
      if (known.length === 0) return `${label}: nothing yet`;
      return `${label}: last ${write(known.at(-1))}, highest ${write(Math.max(...known))}`;
    })
    .join("; ");
}
