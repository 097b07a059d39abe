/** The modes of orchestration. One line each; schemas, directives and virtual models derive from here. */
import { adversarial } from "./adversarial.ts";
import { cascade } from "./cascade.ts";
import { mixture } from "./mixture.ts";
import type { Mode } from "./mode.ts";
import { planning } from "./planning.ts";
import { refine } from "./refine.ts";
import { vote } from "./vote.ts";

/** Name → mode. */
export const ORCHESTRATIONS = {
  planning,
  adversarial,
  refine,
  vote,
  mixture,
  cascade,
} as const satisfies Record<string, Mode>;

const BY_NAME: ReadonlyMap<string, Mode> = new Map(Object.entries(ORCHESTRATIONS));

/** The mode of that name; undefined: it is none of orchestration. */
export function modeOf(name: string): Mode | undefined {
  return BY_NAME.get(name);
}
