import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CliFolder, type CliGiven, cliFolder } from "../fakes/cli.ts";

let folder: CliFolder;
beforeEach(() => {
  folder = cliFolder();
});
afterEach(() => folder.remove());

const cli = (line: string | readonly string[], given?: CliGiven) => folder.run(line, given);

const CONFIG = [
  "providers: [{ id: p, type: openai, env_key_name: MY_KEY }]",
  "models: [{ id: m, provider_id: p, weight: 7 }]",
  "aliases: [{ id: a, strategy: ordered, targets: [{ model_id: m }] }]",
].join("\n");

describe("tokenhub apply", () => {
  it("makes the registry what the file says", async () => {
    const { code, answers, told } = await cli(["apply", folder.write("c.yaml", CONFIG)]);
    expect([code, answers]).toEqual([0, []]);
    expect(told.join()).toContain("1 providers, 1 models, 1 offers, 1 aliases");
    const { registry } = await folder.stored();
    expect(registry.models).toMatchObject([{ id: "m", weight: 7 }]);
    await cli(["apply", folder.write("c.yaml", "")]);
    expect((await folder.stored()).registry.providers).toEqual([]);
  });

  it("twice changes nothing", async () => {
    const file = folder.write("c.yaml", CONFIG);
    await cli(["apply", file]);
    const first = await folder.stored();
    await cli(["apply", file]);
    expect(await folder.stored()).toEqual(first);
  });

  it("of a wrong file tells each problem and exits with 2", async () => {
    const file = folder.write("c.yaml", "listen_adr: x\n");
    const { code, told } = await cli(["apply", file]);
    expect(code).toBe(2);
    expect(told).toEqual([
      `tokenhub: ${file}:1:1 listen_adr unknown key; did you mean listen_addr?`,
    ]);
    expect((await cli(["apply", path.join(folder.path, "gone.yaml")])).code).toBe(2);
  });

  it("to D1 sends one private file of SQL that the same store made", async () => {
    const { code, calls } = await cli(["apply", folder.write("c.yaml", CONFIG), "--remote"]);
    expect(code).toBe(0);
    expect(calls).toHaveLength(1);
    const words = ["d1", "execute", "DB", "--remote", "--yes", "--json"];
    expect(calls[0]?.args.slice(0, 6)).toEqual(words);
    expect(calls[0]?.mode).toBe(0o600);
    expect(calls[0]?.sql).toMatch(/insert into "provider".*'p'/is);
    expect(calls[0]?.sql).not.toContain("?");
  });

  it("to the database of wrangler dev applies the migrations first", async () => {
    const { calls } = await cli(["apply", folder.write("c.yaml", CONFIG), "--local"]);
    expect(calls.map(({ args }) => args[1])).toEqual(["migrations", "execute"]);
    expect(calls.every(({ args }) => args.includes("--local"))).toBe(true);
  });

  it("to a local database elsewhere tells wrangler where, each time", async () => {
    const kept = path.join(folder.path, "d1");
    const argv = ["apply", folder.write("c.yaml", CONFIG), "--persist-to", kept];
    const { calls } = await cli([...argv, "--local"]);
    expect(calls.map(({ args }) => args.slice(-2))).toEqual([
      ["--persist-to", kept],
      ["--persist-to", kept],
    ]);
    const wrong = await cli([...argv, "--remote"]);
    expect([wrong.code, wrong.calls]).toEqual([2, []]);
  });

  it("to D1 may name the providers that a Worker's secrets declare", async () => {
    const text = "models: [{ id: gpt, provider_id: openai }, { id: own, provider_id: vllm }]";
    expect((await cli(["apply", folder.write("c.yaml", text), "--remote"])).code).toBe(0);
    expect((await cli(["apply", folder.write("c.yaml", text)])).code).toBe(2);
  });
});

describe("a failure", () => {
  it("of wrangler or the database is one line without a stack, exit code 1", async () => {
    const failing = await cli("key list --remote", {
      wrangler: () => {
        throw new Error("wrangler d1 execute failed: not logged in");
      },
    });
    expect([failing.code, failing.told]).toEqual([
      1,
      ["tokenhub: wrangler d1 execute failed: not logged in"],
    ]);
    const env = { TOKENHUB_DATABASE_URL: `file:${folder.path}` };
    const broken = await cli("key list", { env });
    expect([broken.code, broken.told.length]).toEqual([1, 1]);
    expect(broken.told[0]).not.toMatch(/\n\s+at /);
  });

  it("of a setting names it, not its value, exit code 2", async () => {
    const env = { TOKENHUB_DATABASE_URL: "postgres://u:planted@db/x" };
    const { code, told } = await cli("key list", { env });
    expect(code).toBe(2);
    expect(told.join()).toContain("TOKENHUB_DATABASE_URL");
    expect(told.join()).not.toContain("planted");
  });

  it("of the command line is one line, exit code 2; help is an answer, exit code 0", async () => {
    for (const line of ["aply", "key creat", "apply", "apply a b", "vault open", "audit list x"]) {
      const { code, told } = await cli(line);
      expect([code, told.length], line).toEqual([2, 1]);
      expect(told[0]).toMatch(/^tokenhub: [^\n]+$/);
    }
    const help = await cli("key create --help");
    expect([help.code, help.told]).toEqual([0, []]);
    expect(help.answers.join()).toContain("--max-tokens");
  });
});
