/** A report is checked whole before anything of it counts: a wrong number must not become money. */
import type { OpenHold, Report } from "./ledger-terms.ts";

/** @throws RangeError when an amount is no integer from 0 to 2^53 − 1, or a time is no number. */
export function checkReport({ seq, keys }: Report, nowMs: number): void {
  amounts(seq);
  times(nowMs);
  for (const { closed, settled, needs, want } of keys) {
    for (const hold of needs) checkHold(hold);
    for (const { nanoUsd, tokens } of settled) amounts(nanoUsd, tokens);
    for (const { id, spentNanoUsd, requests, tokens, opened } of closed) {
      amounts(id, spentNanoUsd, requests, tokens);
      for (const hold of opened) checkHold(hold);
    }
    if (want) amounts(want.requests, want.nanoUsd, want.tokens, want.slots);
  }
}

function checkHold({ nanoUsd, tokens, requests, deadlineMs }: OpenHold): void {
  amounts(nanoUsd, tokens, requests);
  times(deadlineMs);
}

function amounts(...values: readonly number[]): void {
  for (const value of values) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError("This is no amount.");
  }
}

function times(value: number): void {
  if (!Number.isFinite(value)) throw new RangeError("This is no time.");
}
