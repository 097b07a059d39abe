/** A new gateway, step by step in a browser, until a request is answered. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ADMIN_TOKEN,
  expectSound,
  type Faults,
  openPage,
  PASSWORD,
  picture,
  signIn,
  useBrowser,
  visit,
} from "../fakes/admin-page.ts";
import { HOME_NAMES, HOMES, type Home } from "../fakes/homes.ts";
import { rowsOf } from "../fakes/registry.ts";
import { startUpstream, type Upstream } from "../fakes/upstream.ts";

const API_KEY = "sk-upstream-of-the-first-run";

describe.each(HOME_NAMES)("%s", (name) => {
  const held = useBrowser();
  let home: Home;
  let upstream: Upstream;
  let page: Page;
  let faults: Faults;

  beforeAll(async () => {
    upstream = await startUpstream({ apiKey: API_KEY });
    home = await HOMES[name]({
      rows: rowsOf({}),
      env: { TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN },
    });
    ({ page, faults } = await openPage(held.browser, home));
  });
  afterAll(async () => {
    await page?.context().close();
    await home?.stop();
    await upstream?.close();
  });

  test("a wrong token opens nothing and says what to do", async () => {
    await page.getByLabel("Admin token").fill("not the admin token but as long as it");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("Sign in with the admin token").waitFor();
    await expectSound(page, faults);
    await picture(page, `${name}-0-sign-in`);
  });

  test("the token opens the first steps, and the vault takes its password", async () => {
    await signIn(page);
    await page.getByRole("heading", { level: 1, name: "Welcome" }).waitFor();
    await page.getByLabel("Vault password").fill(PASSWORD);
    await page.getByLabel("The same again").fill(`${PASSWORD}!`);
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByRole("alert").getByText("differ").waitFor();
    await expectSound(page, faults);
    await picture(page, `${name}-1-vault`);
    await page.getByLabel("The same again").fill(PASSWORD);
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.getByRole("heading", { name: "Add a provider" }).waitFor();
  });

  test("a provider with a wrong key is told as such, with the right one its models are found", async () => {
    await page.getByLabel("Name", { exact: true }).fill("first");
    await page.getByLabel("Address").fill(upstream.baseUrl);
    await page.getByLabel("The API key itself").fill("sk-wrong-key-of-the-first-run");
    await expectSound(page, faults);
    await picture(page, `${name}-2-provider`);
    await page.getByRole("button", { name: "Add and test" }).click();
    await page.getByRole("alert").getByText("refused the key").waitFor();
    await page.getByLabel("Another API key").fill(API_KEY);
    await page.getByRole("button", { name: "Set it and test again" }).click();
    await page.getByText("first answers: 1 models found").waitFor();
    await expectSound(page, faults);
    await picture(page, `${name}-3-tested`);
    await page.getByRole("button", { name: "Register 1 models" }).click();
    await page.getByText("1 registered").waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
  });

  test("the key that is made answers the request that is shown", async () => {
    await page.getByLabel("Name", { exact: true }).fill("first program");
    await page.getByRole("button", { name: "Create the key" }).click();
    await page.getByRole("heading", { name: "Send the first request" }).waitFor();
    await expectSound(page, faults);
    await picture(page, `${name}-4-key`);
    const shown = await page.locator("pre").allTextContents();
    const curl = shown.find((text) => text.startsWith("curl")) ?? "";
    const answer = await run(curl);
    expect(answer.choices[0]?.message.content).toBeTypeOf("string");
    expect(upstream.requests.at(-1)?.headers.authorization).toBe(`Bearer ${API_KEY}`);
  });

  test("the key is shown once, and no secret is left in the page", async () => {
    await visit(page, "keys", "Keys");
    await page.getByText("first program").first().waitFor();
    const text = await page.content();
    expect(text).not.toMatch(/thk_live_|sk-upstream|staple/);
  });
});

/** Sends what a shell would send. */
async function run(curl: string): Promise<{ choices: { message: { content: string } }[] }> {
  const url = /^curl (\S+)/.exec(curl)?.[1] ?? "";
  const headers = [...curl.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name = "", value = ""]) => [
    name,
    value,
  ]) as [string, string][];
  const body = /-d '(.+)'$/s.exec(curl)?.[1];
  const response = await fetch(url, { method: "POST", headers, body });
  expect(response.status).toBe(200);
  return (await response.json()) as { choices: { message: { content: string } }[] };
}
