/** Numbers and times as the page writes them. */

const NOTHING = "–";

/** USD with as many places as small amounts need; undefined and null: a dash. */
export function usd(value: number | null | undefined): string {
  if (value === undefined || value === null) return NOTHING;
  if (value === 0) return "$0";
  const small = Math.abs(value) < 0.01;
  return `$${value.toLocaleString("en-US", {
    minimumFractionDigits: small ? 0 : 2,
    maximumFractionDigits: small ? 7 : value < 1 ? 4 : 2,
  })}`;
}

/** A whole number with thin groups; undefined: a dash. */
export function count(value: number | null | undefined): string {
  return value === undefined || value === null
    ? NOTHING
    : Math.round(value).toLocaleString("en-US");
}

/** Milliseconds, from 10 s on seconds; undefined: a dash. */
export function ms(value: number | null | undefined): string {
  if (value === undefined || value === null) return NOTHING;
  return value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

/** 0–1 as per cent. */
export function percent(value: number | null | undefined): string {
  return value === undefined || value === null ? NOTHING : `${Math.round(value * 100)} %`;
}

/** Unix milliseconds of a time as the API writes it (ISO text or milliseconds); undefined: none. */
export function millis(at: string | number | null | undefined): number | undefined {
  if (at === undefined || at === null || at === "") return undefined;
  const value = typeof at === "number" ? at : Date.parse(at);
  return Number.isFinite(value) ? value : undefined;
}

/** Local date and time to the second; undefined: a dash. */
export function time(at: string | number | null | undefined): string {
  const value = millis(at);
  if (value === undefined) return NOTHING;
  const pad = (n: number) => String(n).padStart(2, "0");
  const d = new Date(value);
  const day = `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`;
  return `${day} ${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
}

/** Words of an id or of a list; empty: a dash. */
export function words(list: readonly string[] | undefined): string {
  return list && list.length > 0 ? list.join(", ") : NOTHING;
}

/** JSON for people; text that is JSON is written anew. */
export function pretty(value: unknown): string {
  if (value === undefined || value === null) return NOTHING;
  if (typeof value !== "string") return JSON.stringify(value, undefined, 2);
  try {
    return JSON.stringify(JSON.parse(value), undefined, 2);
  } catch {
    return value;
  }
}
