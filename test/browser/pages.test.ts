/** Every page with rows in it that try to be code, on a large screen and on a small one. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  ADMIN_TOKEN,
  admin,
  expectSound,
  openPage,
  openVault,
  overflowOf,
  picture,
  signIn,
  useBrowser,
  visit,
} from "../fakes/admin-page.ts";
import { HOME_NAMES, HOMES, type Home } from "../fakes/homes.ts";
import { rowsOf } from "../fakes/registry.ts";
import { startUpstream, type Upstream } from "../fakes/upstream.ts";

/** Runs where text becomes HTML. */
const HARM = `"><img src=x onerror="globalThis.__harm=1"><script>globalThis.__harm=2</script>`;
const PAGES = [
  ["overview", "Overview"],
  ["providers", "Providers"],
  ["models", "Models"],
  ["aliases", "Aliases"],
  ["playground", "Routing"],
  ["keys", "Keys"],
  ["projects", "Projects"],
  ["requests", "Requests"],
  ["vault", "Vault"],
  ["audit", "Audit"],
  ["alerts", "Alerts"],
  ["settings", "Settings"],
  ["welcome", "First steps"],
] as const;

const VIEWS = [
  ["light", 1280, 860],
  ["dark", 1280, 860],
  ["light", 390, 780],
] as const;

describe.each(HOME_NAMES)("%s", (name) => {
  const held = useBrowser();
  let home: Home;
  let upstream: Upstream;
  let requestId = "";

  beforeAll(async () => {
    upstream = await startUpstream({ models: { "gpt-test": {}, [HARM]: {} } });
    home = await HOMES[name]({
      rows: rowsOf({
        providers: [{ id: "declared", type: "openai", base_url: upstream.baseUrl }],
        models: [
          {
            id: "m",
            provider_id: "declared",
            upstream_name: "gpt-test",
            input_per_1k: 1,
            output_per_1k: 1,
          },
        ],
      }),
      env: { TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN },
      limits: { flushMs: 50 },
    });
    await fill(home, upstream);
    requestId = await ask(home);
  });
  afterAll(async () => {
    await home?.stop();
    await upstream?.close();
  });

  // The page is the same program in both homes: one of them is looked at in every way.
  describe.each(name === "node" ? VIEWS : VIEWS.slice(0, 1))(
    "%s, %i px wide",
    (colorScheme, width, height) => {
      test("every page is sound, fits, and shows text as text", async () => {
        const { page, faults } = await openPage(held.browser, home, {
          colorScheme,
          viewport: { width, height },
        });
        await signIn(page);
        for (const [at, heading] of [...PAGES, [`requests/${requestId}`, /^Request /] as const]) {
          await visit(page, at, heading);
          if (at === "playground") {
            await page.getByRole("button", { name: "Decide" }).click();
            await page.getByText("Made of").waitFor();
          }
          await expectSound(page, faults);
          expect([at, await overflowOf(page)]).toEqual([at, 0]);
          await picture(page, `${name}-${at.split("/")[0]}-${colorScheme}-${width}`);
        }
        await page.context().close();
      });
    },
  );

  test("what tries to be code is shown as it was written", async () => {
    const { page, faults } = await openPage(held.browser, home);
    await signIn(page);
    await visit(page, "keys", "Keys");
    await page.getByText(HARM).first().waitFor();
    await visit(page, "projects", "Projects");
    await page.getByText(HARM).first().waitFor();
    await visit(page, "providers", "Providers");
    await page.getByRole("button", { name: "Test typed" }).click();
    await page.getByText(HARM).first().waitFor();
    await expectSound(page, faults);
    await page.context().close();
  });

  test("a key is revoked after the page has said what that means, by keyboard alone", async () => {
    const made = await admin(home, "POST", "/keys", { name: "short-lived" });
    const { page, faults } = await openPage(held.browser, home);
    await signIn(page);
    await visit(page, "keys", "Keys");
    await page.getByRole("button", { name: "Revoke short-lived" }).focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Revoke short-lived?" });
    await dialog.getByText("cannot be brought back").waitFor();
    await expectSound(page, faults);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await admin(home, "GET", `/keys/${made.id}`)).toMatchObject({ state: "active" });
    await page.keyboard.press("Enter");
    await dialog.getByRole("button", { name: "Revoke it" }).focus();
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "detached" });
    expect(await admin(home, "GET", `/keys/${made.id}`)).toMatchObject({ state: "revoked" });
    await page.context().close();
  });

  test("prices of several rows are saved together; a row that somebody else changed is not", async () => {
    const { page } = await openPage(held.browser, home);
    await signIn(page);
    await visit(page, "models", "Models");
    await page.getByLabel("Input $/1k of typed/own").fill("0.25");
    await page.getByLabel("Weight 0–10 of typed/own").fill("7");
    await page.getByRole("button", { name: "Save 2 changes" }).click();
    await page.getByText("Saved: 2 rows.").waitFor();
    const offer = await admin(home, "GET", "/offers/typed/own");
    expect(offer).toMatchObject({ input_per_1k: 0.25 });
    expect(await admin(home, "GET", "/models/own")).toMatchObject({ weight: 7 });
    await admin(home, "PATCH", "/offers/typed/own", { input_per_1k: 0.5 });
    await page.getByLabel("Input $/1k of typed/own").fill("0.75");
    await page.getByRole("button", { name: "Save 1 changes" }).click();
    await page.getByRole("alert").getByText("changed since it was read").waitFor();
    expect(await admin(home, "GET", "/offers/typed/own")).toMatchObject({ input_per_1k: 0.5 });
    await page.context().close();
  });

  test("what the live feed tells appears without loading again", async () => {
    const { page, faults } = await openPage(held.browser, home);
    await signIn(page);
    await visit(page, "overview", "Overview");
    await page.getByText("live", { exact: true }).waitFor();
    await vi.waitFor(
      async () => {
        await ask(home);
        await page.locator(".feed li").first().waitFor({ timeout: 2_000 });
      },
      { timeout: 15_000 },
    );
    await expectSound(page, faults);
    await page.context().close();
  });
});

/** Rows of every kind; each free text tries to be code. */
async function fill(home: Home, upstream: Upstream): Promise<void> {
  await openVault(home);
  await admin(home, "POST", "/providers", {
    id: "typed",
    type: "openai",
    base_url: upstream.baseUrl,
    network: "private",
    credential_source: "escrow",
  });
  const secret = { label: HARM.slice(0, 64), secret: "sk-secret-of-the-pages" };
  await admin(home, "POST", "/providers/typed/credentials", secret);
  await admin(home, "POST", "/models", {
    id: "own",
    provider_id: "typed",
    upstream_name: "gpt-test",
  });
  await admin(home, "POST", "/aliases", {
    id: "any",
    strategy: "ordered",
    targets: [{ model_id: "own" }],
  });
  const project = await admin(home, "POST", "/projects", { name: HARM, budget_day_usd: 10 });
  await admin(home, "POST", "/keys", { name: HARM, project_id: project.id, budget_month_usd: 5 });
  await admin(home, "POST", "/alerts", {
    url: `https://hooks.example.com/${encodeURIComponent(HARM)}`,
  });
}

/** Sends a request whose own words try to be code, and waits for its row; answers its id. */
async function ask(home: Home): Promise<string> {
  const response = await fetch(`${home.url}/v1/chat`, {
    method: "POST",
    headers: { authorization: `Bearer ${home.key}`, "content-type": "application/json" },
    body: JSON.stringify({
      request: {
        id: HARM.slice(0, 64),
        messages: [{ role: "user", content: HARM }],
        meta: { client: HARM },
      },
    }),
  });
  const id = response.headers.get("x-tokenhub-request-id") ?? "";
  await vi.waitFor(() => admin(home, "GET", `/requests/${id}`), { timeout: 20_000, interval: 200 });
  return id;
}
