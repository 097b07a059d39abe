/** The admin page in a browser: opened at a home, watched for what its policy refuses and for what axe finds. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { findChromium } from "./chromium.ts";
import type { Home } from "./homes.ts";

/** At least 32 characters; a home of these tests is started with it. */
export const ADMIN_TOKEN = "admin-token-of-the-browser-tests-0123456789";
/** Of the vault. */
export const PASSWORD = "Correct horse battery staple 9";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Runs before the page's own code, out of reach of its policy. */
const WATCH = `
  globalThis.__refused = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    globalThis.__refused.push(event.violatedDirective + " " + event.blockedURI);
  });
`;

interface Watched {
  readonly __refused: readonly string[];
  readonly __harm?: unknown;
  readonly axe: { run(): Promise<{ violations: readonly Violation[] }> };
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** A browser beside everything else that a suite starts may be slow to begin with. */
const TEST_MS = 90_000;
const STEP_MS = 20_000;

/** A browser for a whole suite; its field may be read in tests only. */
export function useBrowser(): { readonly browser: Browser } {
  vi.setConfig({ testTimeout: TEST_MS });
  const held = {} as { browser: Browser };
  beforeAll(async () => {
    held.browser = await chromium.launch({
      executablePath: findChromium(),
      // CI is root in a container, where Chromium's own sandbox cannot be.
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
    });
  });
  afterAll(() => held.browser?.close());
  return held;
}

/** What a page did wrong so far; empty: nothing. */
export interface Faults {
  readonly list: string[];
}

/** A new browser context with the page open; errors of its scripts and its policy are kept in `faults`. */
export async function openPage(
  browser: Browser,
  home: Home,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<{ page: Page; faults: Faults }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  await context.addInitScript(WATCH);
  await context.addInitScript(AXE);
  const page = await context.newPage();
  page.setDefaultTimeout(STEP_MS);
  const faults: Faults = { list: [] };
  page.on("pageerror", (error) => faults.list.push(`script: ${error.message}`));
  page.on("dialog", (dialog) => {
    faults.list.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && origin !== home.url) faults.list.push(`asked ${origin}`);
  });
  await page.goto(`${home.url}/admin`);
  return { page, faults };
}

/** Types the token and waits for the frame. */
export async function signIn(page: Page): Promise<void> {
  await page.getByLabel("Admin token").fill(ADMIN_TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation").waitFor();
}

/** Opens a page of the navigation by its address and waits until it has its data. */
export async function visit(page: Page, name: string, heading: string | RegExp): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/admin#/${name}`);
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  await page.getByText("Loading …").waitFor({ state: "detached" });
}

/** Nothing ran that should not, nothing was refused, and axe finds nothing serious. */
export async function expectSound(page: Page, faults: Faults): Promise<void> {
  const { refused, harm, found } = await page.evaluate(async () => {
    const watched = globalThis as unknown as Watched;
    const { violations } = await watched.axe.run();
    const found = violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
      );
    return { refused: [...watched.__refused], harm: watched.__harm, found };
  });
  expect({ refused, harm, found, faults: faults.list }).toEqual({
    refused: [],
    harm: undefined,
    found: [],
    faults: [],
  });
}

const PICTURES = path.join(tmpdir(), "tokenhub-pictures");

/** Keeps a picture of the whole page in the folder for temporary files, for people to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage: true });
}

/** How many pixels the page is wider than its window. */
export async function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { document, innerWidth } = globalThis as unknown as {
      document: { documentElement: { scrollWidth: number } };
      innerWidth: number;
    };
    return Math.max(0, document.documentElement.scrollWidth - innerWidth);
  });
}

/** One call of the admin API with the token; answers its JSON. @throws when it is refused. */
export async function admin(home: Home, method: string, path: string, body?: unknown) {
  const response = await fetch(`${home.url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

/** Gives the vault its password and opens it. */
export async function openVault(home: Home): Promise<void> {
  await admin(home, "POST", "/vault/init", { admin_password: PASSWORD });
  await admin(home, "POST", "/vault/unlock", { admin_password: PASSWORD });
}
