/** The ranking policies. One line each; modes, schemas and virtual models derive from here. */
import { TokenhubError } from "../errors.ts";
import type { RankPolicy } from "./policy.ts";
import { weighted } from "./weighted.ts";

/** Name → policy. */
export const POLICIES = { weighted } as const satisfies Record<string, RankPolicy>;

type AnyPolicy = (typeof POLICIES)[keyof typeof POLICIES];
/** A value of `policy.mode`. */
export type Mode = AnyPolicy["modes"][number];

/** Every value that `policy.mode` may have. */
export const MODES: readonly Mode[] = Object.values(POLICIES).flatMap((policy) => policy.modes);

const BY_MODE: ReadonlyMap<string, RankPolicy> = new Map(
  Object.values(POLICIES).flatMap((policy) => policy.modes.map((mode) => [mode, policy] as const)),
);

/**
 * The policy that serves a mode.
 * @throws TokenhubError `internal` for a mode that no schema would have let in.
 */
export function policyOf(mode: string): RankPolicy {
  const policy = BY_MODE.get(mode);
  if (!policy) throw new TokenhubError("internal");
  return policy;
}
