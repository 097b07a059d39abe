/** Where typed events go on Node: one line each on stdout, for people or for machines. */
import { scrubber } from "../src/secret.ts";
import type { LogLevel } from "../src/settings.ts";
import type { LogEvent } from "../src/telemetry.ts";

const SEVERITY = { debug: 0, info: 1, warn: 2, error: 3 } as const satisfies Record<
  LogLevel,
  number
>;

/** Writes events of this level and above. */
export function createLog(options: {
  level: LogLevel;
  format: "pretty" | "json";
  /** A second net below the typed events: what must never stand in a line. */
  secrets?: readonly string[];
}) {
  const scrub = scrubber(options.secrets ?? []);
  const least = SEVERITY[options.level];
  const write = options.format === "json" ? json : pretty;
  return (event: LogEvent): void => {
    if (SEVERITY[event.level] >= least) process.stdout.write(`${scrub(write(event))}\n`);
  };
}

function json(event: LogEvent): string {
  const { type, level, ...rest } = event;
  return JSON.stringify({ time: new Date().toISOString(), level, type, ...rest });
}

function pretty(event: LogEvent): string {
  const { type, level, ...rest } = event;
  const fields = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`);
  return [new Date().toISOString().slice(11, 19), level.padEnd(5), type, ...fields].join(" ");
}
