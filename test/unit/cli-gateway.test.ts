import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AdminTransport } from "../../self-hosted/admin-client.ts";
import { startAdmin } from "../fakes/admin.ts";
import { ADMIN_TOKEN } from "../fakes/admin-token.ts";
import { type CliFolder, cliFolder } from "../fakes/cli.ts";
import { reaching } from "../fakes/cli-gateway.ts";

let folder: CliFolder;
beforeEach(() => {
  folder = cliFolder();
});
afterEach(() => folder.remove());

type Asked = { url: string; token: string | undefined };

/** Lists keys; answers what the gateway was asked. */
async function list(line: string, env: Record<string, string>) {
  const asked: Asked[] = [];
  const transport: AdminTransport = async (url, { headers }) => {
    asked.push({ url, token: headers.authorization });
    return { status: 200, text: '{"data":[],"next":null}' };
  };
  const { code, told } = await folder.run(`key list ${line}`.trim(), { env, transport });
  return { code, told, asked };
}

const bearer = (token: string) => `Bearer ${token}`;

describe("the gateway that is asked", () => {
  const env = { TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN };

  it("is the one of --url, else of the environment", async () => {
    const elsewhere = { ...env, TOKENHUB_URL: "https://hub.example" };
    const { asked } = await list("", elsewhere);
    expect(asked).toEqual([
      { url: "https://hub.example/admin/v1/keys", token: bearer(ADMIN_TOKEN) },
    ]);
    const named = await list("--url http://[::1]:9000/", elsewhere);
    expect(named.asked.map(({ url }) => url)).toEqual(["http://[::1]:9000/admin/v1/keys"]);
    expect((await list("", { ...env, TOKENHUB_URL: "" })).asked).toEqual([]);
  });

  it("is none where a database is named", async () => {
    const elsewhere = { ...env, TOKENHUB_URL: "https://hub.example" };
    const { asked, told } = await list("--persist-to x", elsewhere);
    expect([asked, told]).toEqual([[], ["tokenhub: --persist-to goes with --local"]]);
    expect((await list("--url https://hub.example --local", env)).code).toBe(2);
  });

  it("is never asked in clear over a network, and a wrong URL is not repeated", async () => {
    for (const url of [
      ...["http://hub.example", "http://10.0.0.7:8080", "http://localhost.evil.example"],
      ...["hub.example", "ftp://x", "https://admin:planted@hub.example", "https://h/?t=planted"],
    ]) {
      const { code, told, asked } = await list(`--url ${url}`, env);
      expect([url, code, told.length, asked]).toEqual([url, 2, 1, []]);
      expect(told.join()).not.toContain("planted");
    }
  });

  it("gets the token of the environment, or on this machine the one of the data folder", async () => {
    folder.write("admin-token", `${ADMIN_TOKEN}\n`);
    const { asked } = await list("--url http://127.0.0.1:8080", {});
    expect(asked.map(({ token }) => token)).toEqual([bearer(ADMIN_TOKEN)]);
    const other = "another-admin-token-0123456789-abcdef";
    const given = await list("--url http://localhost:8080", { TOKENHUB_ADMIN_TOKEN: other });
    expect(given.asked.map(({ token }) => token)).toEqual([bearer(other)]);
    const elsewhere = await list("--url https://hub.example", {});
    expect([elsewhere.code, elsewhere.asked]).toEqual([2, []]);
    expect(elsewhere.told.join()).toContain("TOKENHUB_ADMIN_TOKEN");
    folder.write("admin-token", "planted");
    const broken = await list("--url http://127.0.0.1:8080", {});
    expect([broken.code, broken.told.length]).toEqual([2, 1]);
    expect(broken.told.join()).not.toContain("planted");
  });
});

describe("a gateway that does not answer as one", () => {
  const env = { TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN, TOKENHUB_URL: "http://127.0.0.1:8080" };
  const answering = (transport: AdminTransport) => folder.run("key list", { env, transport });

  it("is told in one line, exit code 1", async () => {
    const away = Object.assign(new Error(`connect with ${ADMIN_TOKEN}`), { code: "ECONNREFUSED" });
    const cases: [AdminTransport, RegExp][] = [
      [() => Promise.reject(away), /no gateway can be reached at .*\(ECONNREFUSED\)$/],
      [async () => ({ status: 200, text: "<html>" }), /is no Tokenhub gateway/],
      [async () => ({ status: 200, text: '{"data":[{}],"next":null}' }), /is no Tokenhub gateway/],
      [async () => ({ status: 302, text: "" }), /is no Tokenhub gateway.*302/],
      [async () => ({ status: 502, text: "Bad Gateway" }), /is no Tokenhub gateway.*502/],
    ];
    for (const [transport, tells] of cases) {
      const { code, told } = await answering(transport);
      expect([code, told]).toEqual([1, [expect.stringMatching(tells)]]);
      expect(told.join()).not.toContain(ADMIN_TOKEN);
    }
  });

  it("or has another token, is told in one line, exit code 1", async () => {
    const admin = await startAdmin();
    const stranger = { ...env, TOKENHUB_ADMIN_TOKEN: "another-admin-token-0123456789-abcdef" };
    const { code, told } = await folder.run("key list", { ...reaching(admin), env: stranger });
    expect([code, told]).toEqual([1, [expect.stringContaining("another admin token")]]);
    admin.close();
  });
});

describe("tokenhub export and import", () => {
  it("carry a registry from one gateway to another, and a second time nothing", async () => {
    const [one, other] = [await startAdmin(), await startAdmin()];
    const model = { id: "m", family: "f" };
    await one.ask("POST /providers", { body: { id: "p", type: "openai" } });
    await one.ask("POST /models", { body: model });
    await one.ask("POST /offers", { body: { model_id: "m", provider_id: "p" } });
    const { answers, code } = await folder.run("export", reaching(one));
    expect([code, answers.length]).toEqual([0, 1]);
    const file = folder.write("export.yaml", answers.join());
    const first = await folder.run(["import", file], reaching(other));
    expect([first.code, first.told]).toEqual([0, [`Imported ${file}: 3 written, 0 unchanged.`]]);
    expect((await folder.run(["import", file], reaching(other))).told.join()).toContain(
      "0 written, 3 unchanged",
    );
    expect((await other.ask("GET /models/m")).body).toMatchObject(model);
    one.close();
    other.close();
  });

  it("tell each problem of a file with its place, and write nothing", async () => {
    const admin = await startAdmin();
    const file = folder.write("bad.yaml", "models:\n  - { id: 'a b' }\n  - { idd: c }\n");
    const { code, told } = await folder.run(["import", file], reaching(admin));
    expect(code).toBe(2);
    const places = told.map((line) => line.replace(`tokenhub: ${file}:`, "").split(":")[0]);
    expect(places).toEqual(expect.arrayContaining(["2", "3"]));
    expect((await admin.ask("GET /models")).body.data).toEqual([]);
    const gone = await folder.run("import gone.yaml", reaching(admin));
    expect([gone.code, gone.told.length]).toEqual([2, 1]);
    admin.close();
  });

  it("need a running gateway", async () => {
    for (const line of ["export", "import x.yaml"]) expect((await folder.run(line)).code).toBe(2);
  });
});
