/** Reads Prometheus text exposition 0.0.4, strictly. */

/** One line of values. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly type: string;
  readonly samples: Sample[];
}

const META = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]?Inf|-?[0-9.]+(?:e[+-]?\d+)?)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)/y;

/** Metric → its type and samples. Throws with the line that breaks the format. */
export function readExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith("\n")) throw new Error("The last line has no end.");
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let current = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [, word, name = "", rest = ""] = META.exec(line) ?? [];
    if (word === "HELP" || word === "TYPE") {
      if (word === "TYPE" && families.has(name)) throw new Error(`Twice: ${line}`);
      if (word === "TYPE") families.set(name, { type: rest, samples: [] });
      current = name;
      continue;
    }
    const sample = readSample(line);
    const family = families.get(current);
    if (!sample || !family || !belongs(sample.name, current, family.type)) {
      throw new Error(`No sample of ${current}: ${line}`);
    }
    const series = line.slice(0, line.lastIndexOf(" "));
    if (seen.has(series)) throw new Error(`Twice: ${series}`);
    seen.add(series);
    family.samples.push(sample);
  }
  return families;
}

function readSample(line: string): Sample | undefined {
  const [, name, inner = "", value = ""] = SAMPLE.exec(line) ?? [];
  if (name === undefined) return undefined;
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < inner.length) {
    const [, label, text = ""] = LABEL.exec(inner) ?? [];
    if (label === undefined) return undefined;
    labels[label] = text;
  }
  return { name, labels, value: Number(value.replace("Inf", "Infinity")) };
}

function belongs(sample: string, metric: string, type: string): boolean {
  if (type !== "histogram") return sample === metric;
  return ["_bucket", "_sum", "_count"].some((suffix) => sample === metric + suffix);
}

/** Samples of one metric with these labels. */
export function samplesOf(
  families: ReadonlyMap<string, Family>,
  metric: string,
  labels: Readonly<Record<string, string>> = {},
): readonly Sample[] {
  const all = families.get(metric)?.samples ?? [];
  return all.filter((sample) =>
    Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
  );
}
