/** The page as a file server: headers, sizes, and what is not there. */

import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PAGE_FOLDER } from "../../self-hosted/assets.ts";
import { ADMIN_TOKEN, useBrowser } from "../fakes/admin-page.ts";
import { HOME_NAMES, HOMES, type Home } from "../fakes/homes.ts";
import { rowsOf } from "../fakes/registry.ts";

const GZIP_BYTES_MAX = 120 * 1024;
/** What each file must say, whatever it is. */
const ALWAYS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
    "require-trusted-types-for 'script'",
};

function builtFiles(): string[] {
  const entries = readdirSync(PAGE_FOLDER, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

test("the whole page is at most 120 KB of gzip", () => {
  const bytes = builtFiles().map((file) => gzipSync(readFileSync(file)).length);
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(GZIP_BYTES_MAX);
});

test("the page holds no inline script, no inline style, and nothing from elsewhere", () => {
  const html = readFileSync(path.join(PAGE_FOLDER, "index.html"), "utf8");
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/i);
  const named = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url);
  expect(named.length).toBeGreaterThan(2);
  for (const url of named) expect(url).toMatch(/^\/admin\/assets\//);
});

describe.each(HOME_NAMES)("%s", (name) => {
  const held = useBrowser();
  let home: Home;
  beforeAll(async () => {
    const env = { TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN };
    home = await HOMES[name]({ rows: rowsOf({}), env });
  });
  afterAll(() => home?.stop());

  test.for(["/admin", "/admin/"])("%s is the page, and is never kept", async (at) => {
    const response = await fetch(home.url + at);
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      ...ALWAYS,
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
    });
    expect(await response.text()).toBe(readFileSync(path.join(PAGE_FOLDER, "index.html"), "utf8"));
  });

  test("every file of the build is served as it is, for ever", async () => {
    for (const file of builtFiles()) {
      const at = path.relative(PAGE_FOLDER, file).split(path.sep).join("/");
      if (at === "index.html") continue;
      const response = await fetch(`${home.url}/admin/${at}`);
      expect(Object.fromEntries(response.headers), at).toMatchObject({
        ...ALWAYS,
        "cache-control": "public, max-age=31536000, immutable",
      });
      expect(Buffer.from(await response.arrayBuffer()).equals(readFileSync(file)), at).toBe(true);
    }
  });

  test("the root leads to the page", async () => {
    const response = await fetch(home.url, { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([302, "/admin"]);
  });

  test.for([
    "/admin/assets/nothing.js",
    "/admin/assets/..%2f..%2fpackage.json",
    "/admin/assets/../../../package.json",
    "/admin/index.html",
    "/index.html",
    "/assets/",
  ])("%s is not there", async (at) => {
    const response = await fetch(home.url + at);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/json");
  });

  test("a page of another origin cannot put it into a frame", async () => {
    const server = createServer((_request, response) => {
      response.setHeader("content-type", "text/html");
      response.end(`<iframe src="${home.url}/admin"></iframe>`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const page = await held.browser.newPage();
    const told: string[] = [];
    page.on("console", (message) => told.push(message.text()));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const frame = page.frames().find((one) => one !== page.mainFrame());
    expect(await frame?.locator("#app").count()).toBe(0);
    expect(told.join("\n")).toContain("frame-ancestors");
    await page.close();
    server.closeAllConnections();
    server.close();
  });
});
