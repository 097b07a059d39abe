/** Rows made, changed and deleted through the forms of the page; the page is the same in both homes. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ADMIN_TOKEN,
  admin,
  expectSound,
  type Faults,
  openPage,
  signIn,
  useBrowser,
  visit,
} from "../fakes/admin-page.ts";
import { HOMES, type Home } from "../fakes/homes.ts";
import { rowsOf } from "../fakes/registry.ts";

const held = useBrowser();
let home: Home;
let page: Page;
let faults: Faults;

beforeAll(async () => {
  const registry = {
    providers: [{ id: "declared", type: "simulated", labels: ["eu"] }],
    models: [{ id: "m", provider_id: "declared" }],
  };
  home = await HOMES.node({ rows: rowsOf(registry), env: { TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN } });
  ({ page, faults } = await openPage(held.browser, home));
  await signIn(page);
});
afterAll(async () => {
  await page?.context().close();
  await home?.stop();
});

const dialog = () => page.getByRole("dialog");
const press = (name: string) => page.getByRole("button", { name, exact: true }).click();
const gone = () => dialog().waitFor({ state: "detached" });

/** The only row of a resource. */
async function only(resource: string): Promise<Record<string, unknown> | undefined> {
  const { data } = (await admin(home, "GET", `/${resource}`)) as {
    data: Record<string, unknown>[];
  };
  return data[0];
}

test("a project: its budget is set, then lifted", async () => {
  await visit(page, "projects", "Projects");
  await press("Add a project");
  await dialog().getByLabel("Name").fill("Search");
  await dialog().getByLabel("USD per day").fill("2.5");
  await dialog().getByLabel("Time zone").fill("Europe/Berlin");
  await expectSound(page, faults);
  await press("Add it");
  await gone();
  const made = { name: "Search", budget_day_usd: 2.5, time_zone: "Europe/Berlin" };
  expect(await only("projects")).toMatchObject(made);
  await press("Edit Search");
  await dialog().getByLabel("USD per day").fill("");
  await press("Save");
  await gone();
  expect((await only("projects"))?.budget_day_usd).toBeUndefined();
});

test("what the gateway refuses is told in its words, with the field marked", async () => {
  await visit(page, "projects", "Projects");
  await press("Edit Search");
  await dialog().getByLabel("Time zone").fill("Nowhere/Land");
  await press("Save");
  await dialog().getByRole("alert").getByText("time zone").waitFor();
  expect(await dialog().getByLabel("Time zone").getAttribute("aria-invalid")).toBe("true");
  await expectSound(page, faults);
  await press("Close");
  await gone();
});

test("a key: limits are lifted by emptying them, the rest stays as it was", async () => {
  await visit(page, "keys", "Keys");
  await press("Create a key");
  await dialog().getByLabel("Name").fill("one program");
  await dialog().getByLabel("Project").selectOption({ label: "Search" });
  await dialog().getByLabel("USD per day").fill("1");
  await dialog().getByText("Limits and permissions").click();
  await dialog().getByLabel("Requests per minute").fill("60");
  await dialog().getByLabel("embeddings").uncheck();
  await dialog().getByLabel("Model calls per request").fill("6");
  await dialog().getByLabel("@@tokenhub lines count in").selectOption("system");
  await dialog().getByLabel("Last day").fill("2099-12-31");
  await expectSound(page, faults);
  await dialog().getByRole("button", { name: "Create the key" }).click();
  await dialog().getByText("only time that the key is shown").waitFor();
  await press("Close");
  await gone();
  const { data } = (await admin(home, "GET", "/keys")) as { data: Record<string, unknown>[] };
  const made = data.find((row) => row.name === "one program");
  expect(made).toMatchObject({
    ...{ rpm: 60, budget_day_usd: 1, scopes: ["chat", "plan", "models", "usage"] },
    ...{ fan_out: 6, inband: "system" },
  });
  await press("Edit one program");
  await dialog().getByLabel("Requests per minute").fill("");
  await press("Save");
  await gone();
  const { rpm, ...changed } = await admin(home, "GET", `/keys/${made?.id}`);
  expect(rpm).toBeUndefined();
  const { rpm: _, version: __, ...kept } = made ?? {};
  expect(changed).toMatchObject(kept);
});

test("a key is rotated: another one is shown", async () => {
  await visit(page, "keys", "Keys");
  await press("Rotate one program");
  await dialog().getByLabel("The old one ends").selectOption({ label: "at once" });
  await press("Rotate it");
  expect(await dialog().locator("pre").first().textContent()).toMatch(/^thk_live_/);
  await press("Close");
});

test("an alias is made, changed and deleted", async () => {
  await visit(page, "aliases", "Aliases");
  await press("Add an alias");
  await dialog().getByLabel("Name").fill("smart");
  await dialog().getByLabel("Strategy").selectOption("weighted");
  await dialog().getByLabel("Models").fill("m 3\n");
  await press("Add it");
  await gone();
  expect(await only("aliases")).toMatchObject({
    id: "smart",
    strategy: "weighted",
    targets: [{ model_id: "m", weight: 3 }],
  });
  await press("Edit smart");
  await dialog().getByLabel("Enabled").uncheck();
  await press("Save");
  await gone();
  expect(await only("aliases")).toMatchObject({ enabled: false });
  await press("Delete smart");
  await dialog().getByText("answered with 404").waitFor();
  await press("Delete it");
  await gone();
  expect(await only("aliases")).toBeUndefined();
});

test("a webhook is told of what is ticked, and its secret stays when it is changed", async () => {
  await visit(page, "alerts", "Alerts");
  await press("Add a webhook");
  await dialog().getByLabel("Address").fill("https://hooks.example.com/one");
  await dialog().getByLabel("breaker-open").check();
  await dialog().getByLabel("Signing secret").fill("a-signing-secret-of-24-ch");
  await press("Add it");
  await gone();
  const made = await only("alerts");
  expect(made).toMatchObject({ events: ["breaker-open"], signed: true });
  await page.getByRole("button", { name: /^Edit / }).click();
  await dialog().getByLabel("vault-sealed").check();
  await press("Save");
  await gone();
  expect(await only("alerts")).toMatchObject({
    events: ["breaker-open", "vault-sealed"],
    signed: true,
  });
});

test("what the config file declares cannot be changed, and the page says where to", async () => {
  await visit(page, "providers", "Providers");
  await page.getByText("change it there").waitFor({ state: "attached" });
  expect(await page.getByRole("button", { name: "Edit declared" }).count()).toBe(0);
  await visit(page, "models", "Models");
  expect(await page.getByRole("textbox").count()).toBe(0);
});

test("what is exported can be imported again", async () => {
  await visit(page, "settings", "Settings");
  await press("Show it");
  const yaml = await page.locator("pre").textContent();
  expect(yaml).toContain("declared");
  await page.getByLabel("YAML as exported").fill(yaml ?? "");
  await press("Import");
  await page.getByText("Written: 0 rows").waitFor();
});

test("the audit tells every one of these changes, and its chain holds", async () => {
  await visit(page, "audit", "Audit");
  await page.getByText("key.rotate").waitFor();
  await press("Verify the chain");
  await page.getByText("The chain holds").waitFor();
  await expectSound(page, faults);
});
