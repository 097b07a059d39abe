/** Days and months by the calendar of a time zone. */
import { recent } from "./recent.ts";

/** Every zone's midnight falls on a multiple of this: within it the day does not change. */
const STEP_MS = 15 * 60_000;
/** No day and no month is longer, clock changes included. */
const DAY_MS_MAX = 26 * 3_600_000;
const MONTH_MS_MAX = 32 * 24 * 3_600_000;
/** Zones in use at once. */
const ZONES_MAX = 64;

interface Zone {
  /** undefined: UTC. */
  readonly format: Intl.DateTimeFormat | undefined;
  /** The day asked for last, and where it was asked. */
  step: number;
  day: string;
  /** When a period ends; the last few. */
  readonly ends: Map<string, number>;
}

const zones = new Map<string, Zone>();

/** `2026-11-24`: the day in that zone. A name that is no zone is taken for UTC. */
export function dayOf(atMs: number, timeZone: string | undefined): string {
  return dayIn(zoneOf(timeZone), atMs);
}

/** `2026-11`: the month that a day belongs to. */
export function monthOf(day: string): string {
  return day.slice(0, 7);
}

/** When the day and the month of `atMs` end. */
export function endsOf(
  atMs: number,
  timeZone: string | undefined,
): { readonly dayMs: number; readonly monthMs: number } {
  const zone = zoneOf(timeZone);
  const day = dayIn(zone, atMs);
  const end = (id: string, lengthMs: number) =>
    recent(zone.ends, id, { max: 8, make: () => endOf(zone, { id, atMs, lengthMs }) });
  return { dayMs: end(day, DAY_MS_MAX), monthMs: end(monthOf(day), MONTH_MS_MAX) };
}

/** By halves: the first step at which the calendar no longer begins with `id`. */
function endOf(zone: Zone, period: { id: string; atMs: number; lengthMs: number }): number {
  let within = Math.floor(period.atMs / STEP_MS);
  let beyond = within + Math.ceil(period.lengthMs / STEP_MS);
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2);
    if (write(zone.format, middle * STEP_MS).startsWith(period.id)) within = middle;
    else beyond = middle;
  }
  return beyond * STEP_MS;
}

function dayIn(zone: Zone, atMs: number): string {
  const step = Math.floor(atMs / STEP_MS);
  if (step !== zone.step) {
    zone.step = step;
    zone.day = write(zone.format, step * STEP_MS);
  }
  return zone.day;
}

function write(format: Intl.DateTimeFormat | undefined, atMs: number): string {
  if (!format) return new Date(atMs).toISOString().slice(0, 10);
  const parts = format.formatToParts(atMs);
  const part = (type: "year" | "month" | "day") =>
    parts.find((each) => each.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}`;
}

function zoneOf(timeZone: string | undefined): Zone {
  const make = () => ({ format: formatOf(timeZone), step: Number.NaN, day: "", ends: new Map() });
  return recent(zones, timeZone ?? "UTC", { max: ZONES_MAX, make });
}

function formatOf(timeZone: string | undefined): Intl.DateTimeFormat | undefined {
  if (timeZone === undefined) return undefined;
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
  } catch {
    return undefined;
  }
}
