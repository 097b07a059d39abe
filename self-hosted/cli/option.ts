/** Options with their parsers; what cannot be parsed is told with what it must be. */
import { InvalidArgumentError, Option } from "commander";
import { nanoFromUsd } from "../../src/cost.ts";

/** `fallback`: value of an option that is not given, and how the help tells it. */
export function option<T>(
  flags: string,
  text: string,
  parse: (text: string) => T,
  fallback?: { readonly value: T; readonly told: string },
): Option {
  const made = new Option(flags, text).argParser(parse);
  return fallback === undefined ? made : made.default(fallback.value, fallback.told);
}

/** @throws InvalidArgumentError always. */
export function refuse(must: string): never {
  throw new InvalidArgumentError(`It must be ${must}.`);
}

/** A name for people. */
export function parseName(text: string): string {
  const name = text.trim();
  return /^[^\p{Cc}]{1,100}$/u.test(name) ? name : refuse("1–100 characters on one line");
}

/** Comma-separated words. */
export function parseList(text: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  return items.every((item) => /^[\x21-\x7e]{1,256}$/.test(item))
    ? items
    : refuse("a comma-separated list");
}

/** Comma-separated labels, as providers carry them. */
export function parseLabels(text: string): string[] {
  const labels = parseList(text);
  const isLabel = (label: string) => /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/.test(label);
  return labels.every(isLabel) && labels.length <= 16
    ? labels
    : refuse("a comma-separated list of up to 16 short plain words");
}

/** The id of something that people name. */
export function parseId(text: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)
    ? text
    : refuse("1–64 letters, digits, '.', '_' or '-'");
}

/** Whole numbers from `min` (default 1) to `max`. */
export function parseCount({ min = 1, max }: { readonly min?: number; readonly max: number }) {
  return (text: string): number => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : refuse(`a whole number from ${min} to ${max}`);
  };
}

/** More than any budget that a person means. */
const BUDGET_USD_MAX = 1_000_000;

/** USD, as integer nano-USD. */
export function parseUsd(text: string): number {
  const usd = /^\d{1,7}(?:\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
  return usd <= BUDGET_USD_MAX
    ? nanoFromUsd(usd)
    : refuse(`an amount in USD from 0 to ${BUDGET_USD_MAX}, such as 12.50`);
}
