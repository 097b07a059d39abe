/** Money and limits as rows of the admin API write them. */
import { z } from "zod";
import { nanoFromUsd, usdFromNano } from "../../cost.ts";

/** Above any budget that a person means; as nano-USD still far below 2^53. */
const BUDGET_USD_MAX = 1_000_000;

/** A budget in USD. */
export const budgetShape = z.number().min(0).max(BUDGET_USD_MAX);

/** undefined stays undefined: no limit. */
export function nano(usd: unknown): number | undefined {
  return usd === undefined ? undefined : nanoFromUsd(usd as number);
}

/** undefined stays undefined: no limit. */
export function usd(nanoUsd: number | undefined): number | undefined {
  return nanoUsd === undefined ? undefined : usdFromNano(nanoUsd);
}

/** A name for people. */
export const nameShape = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must have no control characters");

/** A label as providers carry it. */
export const labelShape = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/, "must be a short plain word");
