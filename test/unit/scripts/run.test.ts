import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

interface Lock {
  readonly packages: Readonly<Record<string, Record<string, unknown>>>;
}

interface Run {
  readonly TASKS: Record<string, { readonly steps: readonly (readonly string[])[] }>;
  missingPackages(lock: Lock, installed: Lock): readonly string[];
  isNewEnough(version: string | undefined): boolean;
  changedAtMs(at: string): number;
}

const ROOT = path.join(import.meta.dirname, "../../..");
const SCRIPT = path.join(ROOT, "scripts/run.mjs");
// Plain JavaScript has no types of its own; `Run` tells what is used here.
const { TASKS, missingPackages, isNewEnough, changedAtMs }: Run = await import(
  pathToFileURL(SCRIPT).href
);

describe("what is missing", () => {
  const lock: Lock = {
    packages: {
      "": { name: "tokenhub" },
      "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
      "node_modules/b": { version: "2.0.0", integrity: "sha512-b", optional: true },
    },
  };

  test("after an install nothing is", () => {
    expect(missingPackages(lock, { packages: { ...lock.packages } })).toEqual([]);
  });

  test("an optional package of another platform is not", () => {
    const { "node_modules/b": _, ...packages } = lock.packages;
    expect(missingPackages(lock, { packages })).toEqual([]);
  });

  test("on a fresh clone every needed package is", () => {
    expect(missingPackages(lock, { packages: {} })).toEqual(["node_modules/a"]);
  });

  test("a package of another version is, an optional one too", () => {
    const old = { version: "1.9.0", integrity: "sha512-c" };
    const packages = { ...lock.packages, "node_modules/a": old, "node_modules/b": old };
    expect(missingPackages(lock, { packages })).toEqual(["node_modules/a", "node_modules/b"]);
  });

  test("a package that nobody asks for is ignored", () => {
    const packages = { ...lock.packages, "node_modules/c": { version: "1.0.0" } };
    expect(missingPackages(lock, { packages })).toEqual([]);
  });
});

test.for([
  ["20.20.2", false],
  ["22.17.9", false],
  ["22.18.0", true],
  ["23.0.0", true],
  [undefined, false],
] as const)("Node %s runs TypeScript: %s", ([version, enough]) => {
  expect(isNewEnough(version)).toBe(enough);
});

describe("when a folder was changed last", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tokenhub-changed-"));
  const inside = path.join(folder, "a/b");
  mkdirSync(inside, { recursive: true });
  writeFileSync(path.join(inside, "c"), "");
  afterAll(() => rmSync(folder, { recursive: true }));

  test("is when the newest file below it was", () => {
    const laterS = Date.UTC(2100, 0) / 1000;
    utimesSync(path.join(inside, "c"), laterS, laterS);
    expect(changedAtMs(folder)).toBe(laterS * 1000);
  });

  test("is when a file was taken out of it", () => {
    rmSync(path.join(inside, "c"));
    const laterS = Date.UTC(2101, 0) / 1000;
    utimesSync(inside, laterS, laterS);
    expect(changedAtMs(folder)).toBe(laterS * 1000);
  });

  test("is never where there is none", () => {
    expect(changedAtMs(path.join(folder, "no such"))).toBe(0);
  });
});

test("every npm script is a task and every task has its script", () => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
  const tasks = Object.keys(TASKS).map((task) => [task, `node scripts/run.mjs ${task}`]);
  expect(scripts).toEqual(Object.fromEntries(tasks));
});

test("what a task starts is there", () => {
  const files = Object.values(TASKS)
    .flatMap((task) => task.steps)
    .map((step) => step.find((argument) => !argument.startsWith("-")) ?? "");
  expect(files.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
});

test("an unknown task fails and names the known ones", () => {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, "nonsense"], {
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stderr).toContain('unknown task "nonsense"');
  expect(stderr).toContain("start");
});
