/** One ask that is conducted only because its answer has to be checked. */
import type { Mode, Wish } from "../modes/mode.ts";
import { askOnce, type Single, singleBound } from "../modes/single.ts";

const ANYBODY: readonly Wish[] = [{}];
const ONE: Single = {
  role: "answerer",
  prompt: {},
  wishes: ANYBODY,
  why: "One answer was asked for.",
};

/** Not in the table of orchestrations: nobody asks for it by name. */
export const PLAIN: Mode = {
  name: "single",
  description: "One model answers.",
  promptsVersion: 0,
  bound: () => singleBound(ONE),
  trim: () => undefined,
  run: (_, world) => askOnce(world, ONE),
};
