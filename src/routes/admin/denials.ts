/** Denied attempts in the audit chain: the first of its kind at once, then one entry a minute with their number. */
import type { Gateway } from "../../isolate.ts";

const COLLAPSE_MS = 60_000;

/** What was denied, and why. */
export interface Denial {
  /** `POST /vault/unlock`: the route's pattern, never the path as it was sent. */
  readonly action: string;
  /** Code of the error. */
  readonly code: string;
  readonly actor: string;
  readonly address: string | undefined;
  readonly requestId: string;
}

/** Notes a denial; writes behind the request. */
export type NoteDenial = (denial: Denial) => void;

/** The chain grows by at most one entry per action, code and minute, however many try. */
export function createDenials({ platform }: Gateway): NoteDenial {
  const kinds = new Map<string, { writtenAtMs: number; untold: number }>();
  return ({ action, code, actor, address, requestId }) => {
    const nowMs = platform.nowMs();
    const kind = `${action} ${code}`;
    const known = kinds.get(kind);
    if (known && nowMs - known.writtenAtMs < COLLAPSE_MS) {
      known.untold += 1;
      return;
    }
    // Actions and codes come from closed tables, so this map is bounded by them.
    kinds.set(kind, { writtenAtMs: nowMs, untold: 0 });
    const after = JSON.stringify({ code, address, more: known?.untold || undefined });
    const outcome = "denied";
    const draft = { atMs: nowMs, actor, action, target: "", outcome, requestId, after } as const;
    platform.defer(platform.admin.audit({ ...draft, before: undefined }));
  };
}
