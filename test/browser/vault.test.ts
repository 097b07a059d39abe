/** The vault and the session from the page: what is sealed, what asks for the password again, and what ends. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ADMIN_TOKEN,
  admin,
  expectSound,
  type Faults,
  openPage,
  openVault,
  PASSWORD,
  signIn,
  useBrowser,
  visit,
} from "../fakes/admin-page.ts";
import { HOME_NAMES, HOMES, type Home } from "../fakes/homes.ts";
import { rowsOf } from "../fakes/registry.ts";

const NEXT_PASSWORD = "Another horse, another staple 7";

describe.each(HOME_NAMES)("%s", (name) => {
  const held = useBrowser();
  let home: Home;
  let page: Page;
  let faults: Faults;

  beforeAll(async () => {
    home = await HOMES[name]({ rows: rowsOf({}), env: { TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN } });
    await openVault(home);
    const provider = { id: "kept", type: "openai", credential_source: "escrow" };
    await admin(home, "POST", "/providers", provider);
    const secret = { label: "one", secret: "sk-secret-of-the-vault" };
    await admin(home, "POST", "/providers/kept/credentials", secret);
    ({ page, faults } = await openPage(held.browser, home));
    await signIn(page);
  });
  afterAll(async () => {
    await page?.context().close();
    await home?.stop();
  });

  /** Opens the vault's page and presses the button of an act. */
  async function press(act: string): Promise<void> {
    await visit(page, "vault", "Vault");
    await page.getByRole("button", { name: act, exact: true }).click();
  }

  test("locking says what stops, and every page then says that it is locked", async () => {
    await press("Lock");
    await page.getByText("stop answering within 30 seconds").waitFor();
    await expectSound(page, faults);
    await page.getByRole("button", { name: "Lock it" }).click();
    await page.getByRole("heading", { name: "Unlock" }).waitFor();
    await visit(page, "models", "Models");
    await page.getByRole("status").getByRole("link", { name: "Unlock it" }).waitFor();
    await visit(page, "providers", "Providers");
    await page.getByText("vault sealed").waitFor();
    await expectSound(page, faults);
  });

  test("a wrong password is told as such, the right one unlocks", async () => {
    await visit(page, "vault", "Vault");
    await page.getByLabel("Vault password").fill("not the password of this vault");
    await page.getByRole("button", { name: "Unlock" }).click();
    await page.getByRole("alert").getByText("The password is wrong").waitFor();
    await page.getByLabel("Vault password").fill(PASSWORD);
    await page.getByRole("button", { name: "Unlock" }).click();
    await page.getByRole("button", { name: "Lock", exact: true }).waitFor();
    await expectSound(page, faults);
  });

  test("rotating the data key asks for the password again; without it nothing is rotated", async () => {
    await press("Rotate the data key");
    await page.getByRole("button", { name: "Rotate it" }).click();
    const again = page.getByRole("dialog", { name: "Confirm that it is you" });
    await again.waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("alert").waitFor();
    await page.getByRole("button", { name: "Rotate it" }).click();
    await again.getByLabel("Vault password").fill(PASSWORD);
    await again.getByRole("button", { name: "Continue" }).click();
    await page.getByText("Encrypted again: 1 provider keys.").waitFor();
  });

  test("a provider with keys is moved elsewhere only with the password", async () => {
    await visit(page, "providers", "Providers");
    await page.getByRole("button", { name: "Edit kept" }).click();
    await page.getByLabel("Address").fill("https://elsewhere.example.com/v1");
    await page.getByRole("button", { name: "Save" }).click();
    const again = page.getByRole("dialog", { name: "Confirm that it is you" });
    await again.getByLabel("Vault password").fill("not the password of this vault");
    await again.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("alert").getByText("The password is wrong").waitFor();
    expect(await admin(home, "GET", "/providers/kept")).toMatchObject({
      base_url: "https://api.openai.com/v1",
    });
    await page.getByRole("button", { name: "Save" }).click();
    await again.getByLabel("Vault password").fill(PASSWORD);
    await again.getByRole("button", { name: "Continue" }).click();
    await page.getByText("key is for another address").waitFor();
    await expectSound(page, faults);
  });

  test("the password is changed with the present one, and is asked for once", async () => {
    await press("Change the password");
    await page.getByLabel("Present password").fill(PASSWORD);
    await page.getByLabel("New password").fill(NEXT_PASSWORD);
    await page.getByLabel("The new one again").fill(NEXT_PASSWORD);
    await page.getByRole("dialog").getByRole("button", { name: "Change the password" }).click();
    await page.getByText("the old one opens nothing any more").waitFor();
    await admin(home, "POST", "/vault/unlock", { admin_password: NEXT_PASSWORD });
  });

  test("a session that has ended leads back to signing in, and signing out ends it", async () => {
    await page.context().clearCookies();
    await visit(page, "overview", "Sign in");
    await signIn(page);
    const cookies = await page.context().cookies();
    expect(cookies.map(({ httpOnly, sameSite }) => [httpOnly, sameSite])).toEqual([
      [true, "Strict"],
    ]);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    await page.reload();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await expectSound(page, faults);
  });
});
