/** Policies of requests that say little. */
import type { KeyRecord } from "../../src/key.ts";
import { MODES } from "../../src/policies/index.ts";
import { type Policy, type PolicyPlaces, resolvePolicy } from "../../src/policy.ts";
import { OPEN_KEY } from "./routing.ts";

/** The policy of a request that says nothing but this; `vote` and `refine` are its orchestrations. */
export const resolve = (change: Partial<PolicyPlaces>): Policy =>
  resolvePolicy({
    header: undefined,
    body: undefined,
    virtualMode: undefined,
    pipelines: ["vote", "refine"],
    key: OPEN_KEY,
    spendableNanoUsd: undefined,
    defaults: undefined,
    serverMode: "normal",
    modes: MODES,
    ...change,
  });

/** A key with this default mode. */
export const keyOf = (defaultMode: string): KeyRecord => ({ ...OPEN_KEY, defaultMode });
