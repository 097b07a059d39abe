/** The journal of one attempt at a background plan: sealed, kept by the plan's actor. */
import { actorRef } from "../actors/index.ts";
import type { RunLease } from "../actors/run-state.ts";
import { ClientGone } from "../failover.ts";
import type { Gateway } from "../isolate.ts";
import { billOf, type Entry, isSealed, type Journal, nameOf } from "./journal.ts";
import type { Priced } from "./price.ts";

/** Under this name the plan itself is kept; no ask has it. */
const PLAN = "plan";
/** How often a closed vault is tried while an answer waits to be sealed. */
const VAULT_MS = 5_000;

/** The texts of a plan, bound to it and to what they are. */
export interface PlanTexts {
  /** @throws TokenhubError vault_sealed, vault_uninitialised. */
  seal(text: string, what: string): Promise<string>;
  /** Waits while the vault is closed. @throws ClientGone when the signal aborts meanwhile. */
  sealWhenOpen(text: string, what: string, signal: AbortSignal): Promise<string>;
  /** @throws TokenhubError as `seal`, credential_unreadable. */
  open(sealed: string, what: string): Promise<string>;
}

/** The texts of this plan. */
export function planTexts({ platform }: Pick<Gateway, "platform">, planId: string): PlanTexts {
  const { vault, after } = platform;
  const contextOf = (what: string) => JSON.stringify(["plan", planId, what]);
  return {
    seal: (text, what) => vault.sealText(text, contextOf(what)),
    open: (sealed, what) => vault.openText(sealed, contextOf(what)),
    async sealWhenOpen(text, what, signal) {
      for (;;) {
        if (signal.aborted) throw new ClientGone();
        try {
          return await vault.sealText(text, contextOf(what));
        } catch (error) {
          if (!isSealed(error)) throw error;
        }
        await after(VAULT_MS, signal);
      }
    },
  };
}

/** Opens what earlier attempts noted. @throws TokenhubError as `PlanTexts.open`. */
export async function openJournal(
  gateway: Gateway,
  lease: RunLease,
  signal: AbortSignal,
): Promise<Journal> {
  const { platform } = gateway;
  const { planId, attempt } = lease;
  const texts = planTexts(gateway, planId);
  const actor = actorRef(platform.actors, "run", planId);
  const known = new Map<string, Entry>();
  let plan: Priced | undefined;
  for (const [name, sealed] of lease.journal) {
    const value = JSON.parse(await texts.open(sealed, name));
    // JSON has no word for "no limit".
    if (name === PLAN) plan = { ...value, nanoUsd: value.nanoUsd ?? Number.POSITIVE_INFINITY };
    else known.set(name, value);
  }
  let hasDecision = known.size > 0;

  async function note(name: string, value: unknown): Promise<void> {
    const entry = await texts.sealWhenOpen(JSON.stringify(value), name, signal);
    // Unreachable: the plan goes on, and only should this attempt be lost as well is the ask put again.
    const noted = await actor
      .note(attempt, { key: name, entry }, platform.nowMs())
      .catch(() => "full" as const);
    if (noted === "stale") throw new ClientGone();
  }

  return {
    plan,
    spentNanoUsd: [...known.values()].reduce(
      (sum, entry) => sum + (billOf(entry).costNanoUsd() ?? 0),
      0,
    ),
    find: (question) => known.get(nameOf(question)),
    note(question, { decision, ...entry }) {
      const kept = hasDecision ? entry : { ...entry, decision };
      hasDecision = true;
      return note(nameOf(question), kept);
    },
    notePlan: ({ options, trimmed, nanoUsd }) => note(PLAN, { options, trimmed, nanoUsd }),
  };
}
