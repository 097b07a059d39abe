/** `tokenhub` over real HTTP against a running gateway, against the database beneath it, and as a process. */
import { spawn } from "node:child_process";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminTransport } from "../../../self-hosted/admin-client.ts";
import { ADMIN_TOKEN } from "../../fakes/admin-token.ts";
import { type CliFolder, cliFolder } from "../../fakes/cli.ts";
import { ROOT } from "../../fakes/documents.ts";
import { useGateway } from "../../fakes/gateway.ts";

const PASSWORD = "a long enough password of the vault";

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const gateway = useGateway("node", { registry: { providers: [{ id: "up" }] } });
let folder: CliFolder;
beforeAll(() => {
  folder = cliFolder();
});
afterAll(() => folder.remove());

/** What a terminal would show of it. */
async function tokenhub(line: string, env: Record<string, string>, input = ""): Promise<Ran> {
  const source = new PassThrough();
  source.end(input);
  const { code, answers, told } = await folder.run(line, {
    env,
    transport: adminTransport,
    source,
  });
  const text = (lines: readonly string[]) => lines.map((each) => `${each}\n`).join("");
  return { code, out: text(answers), err: text(told) };
}

/** At the running gateway. */
const remote = (line: string, input = "") => tokenhub(line, named(), input);
const named = () => ({ TOKENHUB_URL: gateway.home.url, TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN });

/** The file of the running gateway's database. */
async function databaseFile(): Promise<string> {
  const sql = `select "file" from pragma_database_list where "name" = 'main'`;
  const [row] = await gateway.home.sql.all({ sql, params: [] });
  return String(row?.[0]);
}

/** Works on the database of the running gateway. */
const beneath = async (line: string) =>
  tokenhub(line, { TOKENHUB_DATABASE_URL: `file:${await databaseFile()}` });

/** As a process of its own, with nothing of the machine's own settings. */
function asProcess(line: string, input: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const entry = ["--disable-warning=ExperimentalWarning", "self-hosted/cli.ts"];
    const env = { TOKENHUB_DATA_DIR: folder.path, ...named() };
    const child = spawn(process.execPath, [...entry, ...line.split(" ")], { cwd: ROOT, env });
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      err += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
    // Left open: whoever waits for its end would hang.
    child.stdin.write(input);
  });
}

describe("a running gateway", () => {
  test("takes the key that was made there at once, and no longer once it is revoked", async () => {
    const made = await remote("key create --name ci --budget-day 1 --concurrency 4");
    expect([made.code, made.out]).toEqual([0, expect.stringMatching(/^thk_live_\w+\n$/)]);
    const authorization = `Bearer ${made.out.trim()}`;
    const models = () => fetch(`${gateway.home.url}/v1/models`, { headers: { authorization } });
    expect((await models()).status).toBe(200);
    const listed = await remote("key list");
    const id = /^(key_\w+)\t.*\tactive\t.*\tci$/m.exec(listed.out)?.[1];
    expect((await remote(`key revoke ${id}`)).code).toBe(0);
    expect((await models()).status).toBe(401);
  });

  test("says what is wrong in one line with exit code 2", async () => {
    const { code, out, err } = await remote("key create --name x --project nobody");
    expect([code, out, err]).toEqual([2, "", expect.stringMatching(/^tokenhub: [^\n]+\n$/)]);
    const config = await remote("provider remove up");
    expect([config.code, config.err]).toEqual([2, expect.stringContaining("config file")]);
  });

  test("lets its registry out, and the same one in again", async () => {
    const { code, out } = await remote("export");
    expect([code, out]).toEqual([0, expect.stringMatching(/^providers:\n {2}- id: up$/m)]);
    const file = folder.write("export.yaml", out);
    const imported = await remote(`import ${file}`);
    expect([imported.code, imported.err]).toEqual([0, expect.stringContaining("0 written")]);
  });

  test("is not there: one line, exit code 1", async () => {
    const env = { TOKENHUB_URL: "http://127.0.0.1:1", TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN };
    const { code, err } = await tokenhub("key list", env);
    expect([code, err]).toEqual([1, expect.stringMatching(/^tokenhub: no gateway can be .*\n$/)]);
  });

  test("on this machine is entered with the token of its data folder", async () => {
    folder.write("admin-token", `${ADMIN_TOKEN}\n`);
    expect((await tokenhub(`project list --url ${gateway.home.url}`, {})).code).toBe(0);
  });
});

describe("the vault of a running gateway", () => {
  test("is opened by a piped password, and takes the key of a provider", async () => {
    const made = await remote("vault init", `${PASSWORD}\n`);
    expect([made.code, made.out, made.err]).toEqual([0, "", expect.stringContaining("password")]);
    const add = "provider add --id mine --type openai --credential-stdin";
    const key = "sk-planted-0123456789\n";
    expect(await remote(add, key)).toMatchObject({
      code: 1,
      err: expect.stringContaining("sealed"),
    });
    expect((await remote("vault unlock", `${PASSWORD}\n`)).code).toBe(0);
    expect(await remote(add, key)).toMatchObject({ code: 0, out: "" });
    expect((await remote("provider list")).out).toMatch(/^mine\t.*\tescrow\tok\tadmin$/m);
    expect((await remote("vault lock")).code).toBe(0);
    expect((await remote("provider list")).out).toMatch(/^mine\t.*\tescrow\tvault_sealed\tadmin$/m);
    const wrong = await remote("vault unlock", "planted but wrong, long enough\n");
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/^tokenhub: [^\n]+\n$/)]);
    expect((await remote("vault unlock", `${PASSWORD}\n`)).code).toBe(0);
    expect((await remote("vault rotate")).err).toContain("sealed again: 1");
    const change = await remote("vault change-password", `${PASSWORD}\nanother ${PASSWORD}\n`);
    expect([change.code, change.out]).toEqual([0, ""]);
    expect((await remote("vault status")).out).toMatch(/^state\tunsealed$/m);
  });
});

describe("the database beneath", () => {
  test("has one audit chain with what the gateway wrote", async () => {
    const before = await remote("audit verify");
    const count = Number(/^ok\t(\d+)$/m.exec(before.out)?.[1]);
    expect((await beneath("project create --name team --id team")).out).toBe("team\n");
    expect((await remote("project create --name other --id other")).code).toBe(0);
    const { out } = await remote("audit list --limit 2");
    expect(out).toMatch(/\ttoken\tproject\.put\tother\tok\n.*\tcli\tproject\.put\tteam\tok\n$/);
    expect((await beneath("audit verify")).out).toBe(`ok\t${count + 2}\n`);
  });

  test("was changed by another hand: both tell the entry, exit code 1", async () => {
    const sql = `update "audit" set "target" = 'planted' where "seq" = 2`;
    await gateway.home.sql.all({ sql, params: [] });
    for (const told of [await remote("audit verify"), await beneath("audit verify")]) {
      expect(told).toMatchObject({ code: 1, out: "broken\t2\n" });
    }
  });
});

test("as a process it takes one line of a pipe that stays open, and ends with its exit code", async () => {
  const told = await asProcess("vault unlock", "planted but wrong, long enough\n");
  expect(told).toEqual({ code: 1, out: "", err: expect.stringMatching(/^tokenhub: [^\n]+\n$/) });
  expect(told.err).not.toContain("planted");
});
