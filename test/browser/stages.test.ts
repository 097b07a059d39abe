/** The stages of an orchestrated request on its page: one row for each model call, on a large screen and a small one. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import {
  ADMIN_TOKEN,
  admin,
  expectSound,
  openPage,
  overflowOf,
  picture,
  signIn,
  useBrowser,
  visit,
} from "../fakes/admin-page.ts";
import { HOMES, type Home } from "../fakes/homes.ts";
import { PANEL, panelists } from "../fakes/panel.ts";
import { rowsOf } from "../fakes/registry.ts";
import { startUpstream, type Upstream } from "../fakes/upstream.ts";

const held = useBrowser();
let home: Home;
let upstream: Upstream;

beforeAll(async () => {
  upstream = await startUpstream({ models: panelists(0.3) });
  const providers = PANEL.providers.map((one) => ({
    ...one,
    type: "openai",
    base_url: upstream.baseUrl,
    credential_source: "none",
  }));
  home = await HOMES.node({
    rows: rowsOf({ ...PANEL, providers }),
    env: { TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN },
    limits: { flushMs: 50 },
  });
});
afterAll(async () => {
  await home?.stop();
  await upstream?.close();
});

/** Sends an orchestrated request and waits for its row; answers its id. */
async function ask(orchestration: Readonly<Record<string, unknown>>): Promise<string> {
  const response = await fetch(`${home.url}/v1/chat`, {
    method: "POST",
    headers: { authorization: `Bearer ${home.key}`, "content-type": "application/json" },
    body: JSON.stringify({
      request: { messages: [{ role: "user", content: "Plan a move." }] },
      orchestration,
    }),
  });
  expect(response.status).toBe(200);
  const id = response.headers.get("x-tokenhub-request-id") ?? "";
  await vi.waitFor(() => admin(home, "GET", `/requests/${id}`), { timeout: 20_000, interval: 200 });
  return id;
}

const ADVERSARIAL = {
  mode: "adversarial",
  iterations: 2,
  primary_model_id: "author",
  review_model_id: "critic",
};

test.each([
  ["light", 1280, 860],
  ["dark", 1280, 860],
  ["light", 390, 780],
] as const)(
  "each stage has its row and its bar, %s, %i px wide",
  async (colorScheme, width, height) => {
    const id = await ask(ADVERSARIAL);
    const viewport = { width, height };
    const { page, faults } = await openPage(held.browser, home, { colorScheme, viewport });
    await signIn(page);
    await visit(page, `requests/${id}`, /^Request /);
    const stages = page.getByRole("region", { name: "Model calls in the order of asking" });
    const rows = stages.locator("tbody tr");
    await rows.first().waitFor();
    const roles = await rows.locator("th").allTextContents();
    expect(roles).toEqual(["planner", "critic", "reviser", "critic"]);
    const [first = ""] = await rows.allTextContents();
    for (const word of ["author at left", "ok", "ms", "$", "0.30"]) expect(first).toContain(word);
    expect(await stages.locator(".bar > span").count()).toBe(roles.length);
    const widths = await stages
      .locator(".bar > span")
      .evaluateAll((bars) =>
        bars.map((bar) => (bar as unknown as { clientWidth: number }).clientWidth),
      );
    expect(Math.max(...widths)).toBeGreaterThan(0);
    await page.getByText("Round 1 was no better: 0.3 after 0.3.").first().waitFor();
    await expectSound(page, faults);
    expect(await overflowOf(page)).toBe(0);
    await picture(page, `stages-${colorScheme}-${width}`);
    await page.context().close();
  },
);

test("a request of one call has no stages", async () => {
  const response = await fetch(`${home.url}/v1/chat`, {
    method: "POST",
    headers: { authorization: `Bearer ${home.key}`, "content-type": "application/json" },
    body: JSON.stringify({ request: { messages: [{ role: "user", content: "Hello" }] } }),
  });
  const id = response.headers.get("x-tokenhub-request-id") ?? "";
  await vi.waitFor(() => admin(home, "GET", `/requests/${id}`), { timeout: 20_000, interval: 200 });
  const { page, faults } = await openPage(held.browser, home);
  await signIn(page);
  await visit(page, `requests/${id}`, /^Request /);
  await page.getByRole("heading", { name: "Attempts" }).waitFor();
  expect(await page.getByRole("heading", { name: "Stages" }).count()).toBe(0);
  await expectSound(page, faults);
  await page.context().close();
});
