import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AdminIsolate, PASSWORD, startAdmin } from "../fakes/admin.ts";
import { type CliFolder, type CliGiven, cliFolder } from "../fakes/cli.ts";
import { reaching } from "../fakes/cli-gateway.ts";

let folder: CliFolder;
let admin: AdminIsolate;
beforeEach(async () => {
  folder = cliFolder();
  admin = await startAdmin();
});
afterEach(() => {
  admin.close();
  folder.remove();
});

const cli = (line: string, given: CliGiven = {}) =>
  folder.run(line, { ...reaching(admin), ...given });
const once = { secrets: [PASSWORD] };

describe("tokenhub vault", () => {
  it("gets its password once, is locked, and opens again", async () => {
    expect((await cli("vault status")).answers).toContain("state\tuninitialised");
    expect((await cli("vault init", once)).told.join()).toContain("sealed until `vault unlock`");
    expect((await cli("vault unlock", once)).told).toEqual(["The vault is open."]);
    expect((await cli("vault status")).answers).toEqual([
      "state\tunsealed",
      "keeper\tfake\topen",
      "sealed because\tstart",
      "epoch\t1",
      "wrong passwords\t0",
    ]);
    expect((await cli("vault lock")).code).toBe(0);
    expect((await cli("vault status")).answers).toContain("state\tsealed");
    expect((await cli("vault unlock", once)).told).toEqual(["The vault is open."]);
    const again = await cli("vault init", once);
    expect([again.code, again.told.length]).toEqual([2, 1]);
  });

  it("with a wrong password stays closed: one line, exit code 1", async () => {
    await cli("vault init", once);
    await cli("vault lock");
    const { code, told } = await cli("vault unlock", { secrets: ["planted wrong"] });
    expect([code, told]).toEqual([1, ["tokenhub: The password is wrong. Nothing was changed."]]);
    expect((await cli("vault status")).answers).toContain("state\tsealed");
  });

  it("takes another password, and no longer the old one", async () => {
    await cli("vault init", once);
    await cli("vault change-password", { secrets: [PASSWORD, "another good password"] });
    await cli("vault lock");
    expect((await cli("vault unlock", once)).code).toBe(1);
    expect((await cli("vault unlock", { secrets: ["another good password"] })).code).toBe(0);
  });

  it("gets a new data key", async () => {
    await cli("vault init", once);
    const { code, told } = await cli("vault rotate");
    expect([code, told]).toEqual([0, ["The vault has a new data key; keys sealed again: 0."]]);
  });

  it("asks a person twice for a new password, and once for an old one", async () => {
    const typed = { isTyped: true, secrets: [PASSWORD, "mistyped"] };
    const differing = await cli("vault init", typed);
    expect([differing.code, differing.prompts.length]).toEqual([2, 2]);
    expect((await cli("vault status")).answers).toContain("state\tuninitialised");
    const right = { isTyped: true, secrets: [PASSWORD, PASSWORD] };
    expect((await cli("vault init", right)).code).toBe(0);
    expect((await cli("vault unlock", { ...right })).prompts).toHaveLength(1);
    const change = { isTyped: true, secrets: [PASSWORD, "next password", "next password"] };
    expect((await cli("vault change-password", change)).prompts).toHaveLength(3);
  });

  it("takes no empty password", async () => {
    for (const line of ["vault init", "vault unlock"]) {
      expect((await cli(line, { secrets: [""] })).code).toBe(2);
    }
    expect((await cli("vault change-password", { secrets: [PASSWORD, ""] })).code).toBe(2);
  });

  it("refuses a password as an argument, asks for none, and repeats nothing of it", async () => {
    const without = ["init", "unlock", "change-password"].flatMap((name) =>
      ["planted", "--password planted", "--password=planted", "-pplanted"].map(
        (words) => `vault ${name} ${words}`,
      ),
    );
    const key = "provider add --id p --type openai --credential-stdin=planted";
    for (const line of [...without, key, `${key.replace("=", " ")}`]) {
      const { code, told, prompts, answers } = await cli(line, once);
      expect([code, told.length, prompts, answers], line).toEqual([2, 1, [], []]);
      expect(told[0]).toMatch(/^tokenhub: [^\n]+ typed or piped in, never arguments/);
      expect(told.join()).not.toContain("planted");
    }
    expect(await admin.trail()).toEqual([]);
  });

  it("needs a running gateway, and asks for no password without one", async () => {
    const env = { TOKENHUB_LISTEN_ADDR: "127.0.0.1:9000" };
    for (const name of ["init", "unlock", "lock", "status", "change-password", "rotate"]) {
      const { code, told, prompts } = await folder.run(`vault ${name}`, { env });
      expect([code, prompts]).toEqual([2, []]);
      expect(told).toEqual([expect.stringMatching(/running gateway.*--url.*127\.0\.0\.1:9000/)]);
    }
  });
});

describe("tokenhub provider add --credential-stdin", () => {
  const line = "provider add --id p --type openai --credential-stdin";
  const key = { secrets: ["sk-planted-0123456789"] };

  it("puts the key into the vault and shows it nowhere", async () => {
    await cli("vault init", once);
    await cli("vault unlock", once);
    const { code, told, answers } = await cli(line, key);
    expect([code, answers, told]).toEqual([0, [], ["Made the provider p."]]);
    const { body } = await admin.ask("GET /providers/p/credentials");
    expect(body.data).toMatchObject([{ last4: "6789", state: "ok" }]);
    expect((await cli("provider list")).answers).toEqual([
      "p\topenai\thttps://api.openai.com/v1\tescrow\tok\tadmin",
    ]);
  });

  it("makes nothing while the vault is sealed, or of a key that is none", async () => {
    await cli("vault init", once);
    expect((await cli(line, key)).code).toBe(1);
    expect((await admin.trail()).map(({ action }) => action)).toEqual(["vault.init"]);
    await cli("vault unlock", once);
    const bad = await cli(line, { secrets: ["sk planted"] });
    expect([bad.code, bad.told.length]).toEqual([2, 1]);
    expect(bad.told.join()).not.toContain("planted");
    expect((await cli("provider list")).answers).toEqual([]);
  });

  it("takes no key for the database alone, and asks for none", async () => {
    const { code, prompts } = await folder.run(line, key);
    expect([code, prompts]).toEqual([2, []]);
  });
});
