/** The dates that headers may carry, read strictly: a text that does not fit whole is no date. */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const MONTH = `(?<month>${MONTHS.join("|")})`;
const TIME = String.raw`(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})`;
const WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";

/** RFC 9110 5.6.7: IMF-fixdate, and the two obsolete forms that recipients must accept. */
const HTTP_DATES = [
  String.raw`${WEEKDAY}, (?<day>\d{2}) ${MONTH} (?<year>\d{4}) ${TIME} GMT`,
  String.raw`${LONG_WEEKDAY}, (?<day>\d{2})-${MONTH}-(?<year>\d{2}) ${TIME} GMT`,
  String.raw`${WEEKDAY} ${MONTH} (?<day>[ \d]\d) ${TIME} (?<year>\d{4})`,
].map((source) => new RegExp(`^${source}$`));

/** RFC 3339, with `T` and a zone. */
const ISO_DATE = new RegExp(
  String.raw`^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})T${TIME}(?<fraction>\.\d{1,9})?` +
    String.raw`(?:Z|(?<zone>[+-]\d{2}:\d{2}))$`,
);

type Parts = Readonly<Record<string, string | undefined>>;

/** Unix milliseconds; undefined when it is no HTTP date. Two-digit years are of this century. */
export function httpDateMs(text: string): number | undefined {
  for (const pattern of HTTP_DATES) {
    const parts: Parts | undefined = pattern.exec(text)?.groups;
    if (!parts) continue;
    const year = Number(parts.year) + (parts.year?.length === 2 ? 2_000 : 0);
    return utcMs(parts, { year, month: MONTHS.indexOf(parts.month ?? "") });
  }
  return undefined;
}

/** Unix milliseconds; undefined when it is no RFC 3339 date. */
export function isoDateMs(text: string): number | undefined {
  const parts: Parts | undefined = ISO_DATE.exec(text)?.groups;
  if (!parts) return undefined;
  const atMs = utcMs(parts, { year: Number(parts.year), month: Number(parts.month) - 1 });
  const zoneMs = zoneOf(parts.zone ?? "+00:00");
  if (atMs === undefined || zoneMs === undefined) return undefined;
  return atMs + Number(parts.fraction ?? 0) * 1_000 - zoneMs;
}

function utcMs(parts: Parts, date: { year: number; month: number }): number | undefined {
  const day = Number(parts.day);
  const [hour, minute, second] = [Number(parts.hour), Number(parts.minute), Number(parts.second)];
  // A leap second is second 60.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const midnight = new Date(Date.UTC(date.year, date.month, day));
  const real = midnight.getUTCMonth() === date.month && midnight.getUTCDate() === day;
  if (!real) return undefined;
  return midnight.getTime() + hour * 3_600_000 + minute * 60_000 + second * 1_000;
}

function zoneOf(zone: string): number | undefined {
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
