/** The Worker as wrangler would deploy it. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = path.join(import.meta.dirname, "../../..");
/** Cloudflare takes 10 MB of a paid account; what is loaded at each start of an isolate should be far less. */
const GZIP_KIB_MAX = 640;

let folder: string;
let told: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tokenhub-deploy-"));
  const wrangler = path.join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  const args = [wrangler, "deploy", "--dry-run", "--outdir", path.join(folder, "out")];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: folder, CI: "1", WRANGLER_SEND_METRICS: "false" },
  });
  told = stdout + stderr;
  expect([status, told]).toEqual([0, told]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a dry run passes without a warning and finds every object and the database", () => {
  expect(told).toContain("--dry-run: exiting now.");
  expect(told).not.toMatch(/WARNING|ERROR/i);
  const bound = [...told.matchAll(/^env\.(\w+)/gm)].map(([, name]) => name);
  expect(bound).toEqual(
    expect.arrayContaining(["PROVIDER", "DIRECTORY", "FEED", "METER", "CATALOG", "DB"]),
  );
});

test("the bundle is small", () => {
  const size = /gzip: ([\d.]+) KiB/.exec(told)?.[1];
  expect(Number(size)).toBeGreaterThan(0);
  expect(Number(size)).toBeLessThan(GZIP_KIB_MAX);
});
