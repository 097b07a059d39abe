import { describe, expect, test } from "vitest";
import { Directory } from "../../../src/actors/directory.ts";
import type { BucketView, ProviderView } from "../../../src/platform.ts";

function viewOf(entries: number): ProviderView {
  const free: BucketView = { throttledUntilMs: 1, reason: "rate_limited", headroom: 1 };
  const keys = Array.from({ length: entries }, (_, i) => [`KEY\nm${i}`, free]);
  return { pulse: {}, bucket: Object.fromEntries(keys) };
}

describe("directory", () => {
  test("the last view of a provider replaces the one before", () => {
    const directory = new Directory();
    directory.merge("p", viewOf(3), 1);
    directory.merge("p", viewOf(1), 2);
    expect(directory.view()).toEqual({ p: viewOf(1) });
  });

  test("beyond its bound it forgets the providers that were silent longest", () => {
    const directory = new Directory();
    directory.merge("a", viewOf(1_500), 1);
    directory.merge("b", viewOf(1_500), 2);
    directory.merge("a", viewOf(1_500), 3);
    directory.merge("c", viewOf(1_500), 4);
    expect(Object.keys(directory.view()).toSorted()).toEqual(["a", "c"]);
  });

  test("the view just merged stays, however large", () => {
    const directory = new Directory();
    directory.merge("a", viewOf(1), 1);
    directory.merge("b", viewOf(9_000), 2);
    expect(Object.keys(directory.view())).toEqual(["b"]);
  });
});
