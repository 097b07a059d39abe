import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCli } from "../../self-hosted/cli.ts";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import { checkKey, hashKey } from "../../src/key.ts";
import { createStore } from "../../src/store/store.ts";

const NOW_MS = Date.UTC(2026, 10, 24);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "tokenhub-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface WranglerCall {
  readonly args: readonly string[];
  /** Of the SQL file, at the time of the call. */
  readonly sql: string | undefined;
  readonly mode: number | undefined;
}

async function cli(
  argv: readonly string[],
  more: { env?: Record<string, string>; wrangler?: (args: readonly string[]) => string } = {},
) {
  const answers: string[] = [];
  const told: string[] = [];
  const calls: WranglerCall[] = [];
  const code = await runCli(argv, {
    env: { TOKENHUB_DATA_DIR: folder, TOKENHUB_CONFIG: write("empty.yaml", ""), ...more.env },
    wrangler(args) {
      const at = args.indexOf("--file");
      const file = at < 0 ? undefined : args[at + 1];
      const sql = file && readFileSync(file, "utf8");
      calls.push({ args, sql, mode: file === undefined ? undefined : statSync(file).mode & 0o777 });
      return more.wrangler?.(args) ?? "[]";
    },
    answer: (line) => answers.push(line),
    tell: (line) => told.push(line),
    nowMs: () => NOW_MS,
  });
  return { code, answers, told, calls };
}

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

const CONFIG = [
  "providers: [{ id: p, type: openai, env_key_name: MY_KEY }]",
  "models: [{ id: m, provider_id: p, weight: 7 }]",
  "aliases: [{ id: a, strategy: ordered, targets: [{ model_id: m }] }]",
].join("\n");

async function stored() {
  const sqlite = openSqlite(path.join(folder, "tokenhub.db"));
  const store = createStore(sqlite);
  const all = { registry: await store.registry(), keys: await store.keys() };
  sqlite.close();
  return all;
}

describe("tokenhub apply", () => {
  it("makes the registry what the file says", async () => {
    const { code, answers, told } = await cli(["apply", write("c.yaml", CONFIG)]);
    expect([code, answers]).toEqual([0, []]);
    expect(told.join()).toContain("1 providers, 1 models, 1 offers, 1 aliases");
    const { registry } = await stored();
    expect(registry.models).toMatchObject([{ id: "m", weight: 7 }]);
    await cli(["apply", write("c.yaml", "")]);
    expect((await stored()).registry.providers).toEqual([]);
  });

  it("twice changes nothing", async () => {
    const file = write("c.yaml", CONFIG);
    await cli(["apply", file]);
    const first = await stored();
    await cli(["apply", file]);
    expect(await stored()).toEqual(first);
  });

  it("of a wrong file tells each problem and exits with 2", async () => {
    const file = write("c.yaml", "listen_adr: x\n");
    const { code, told } = await cli(["apply", file]);
    expect(code).toBe(2);
    expect(told).toEqual([
      `tokenhub: ${file}:1:1 listen_adr unknown key; did you mean listen_addr?`,
    ]);
    expect((await cli(["apply", path.join(folder, "gone.yaml")])).code).toBe(2);
  });

  it("to D1 sends one private file of SQL that the same store made", async () => {
    const { code, calls } = await cli(["apply", write("c.yaml", CONFIG), "--remote"]);
    expect(code).toBe(0);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.args.slice(0, 6)).toEqual([
      "d1",
      "execute",
      "DB",
      "--remote",
      "--yes",
      "--json",
    ]);
    expect(calls[0]?.mode).toBe(0o600);
    expect(calls[0]?.sql).toMatch(/insert into "provider".*'p'/is);
    expect(calls[0]?.sql).not.toContain("?");
  });

  it("to the database of wrangler dev applies the migrations first", async () => {
    const { calls } = await cli(["apply", write("c.yaml", CONFIG), "--local"]);
    expect(calls.map(({ args }) => args[1])).toEqual(["migrations", "execute"]);
    expect(calls.every(({ args }) => args.includes("--local"))).toBe(true);
  });

  it("to a local database elsewhere tells wrangler where, each time", async () => {
    const kept = path.join(folder, "d1");
    const argv = ["apply", write("c.yaml", CONFIG), "--persist-to", kept];
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
    expect((await cli(["apply", write("c.yaml", text), "--remote"])).code).toBe(0);
    expect((await cli(["apply", write("c.yaml", text)])).code).toBe(2);
  });
});

describe("tokenhub key create", () => {
  it("prints the key alone on stdout and keeps its hash only", async () => {
    const { code, answers, told } = await cli(["key", "create", "--name", "ci"]);
    expect([code, answers.length]).toEqual([0, 1]);
    const key = answers[0] ?? "";
    const { keys } = await stored();
    expect(keys).toEqual([
      {
        id: checkKey(key),
        name: "ci",
        hash: hashKey(key),
        last4: key.slice(-4),
        scopes: ["chat", "embeddings", "models"],
        allowedModels: [],
        allowedProviders: [],
        requiredLabels: [],
        rpm: undefined,
        maxTokens: undefined,
        defaultMode: undefined,
        createdAtMs: NOW_MS,
        expiresAtMs: undefined,
        revokedAtMs: undefined,
      },
    ]);
    expect(JSON.stringify(keys) + told.join()).not.toContain(key);
  });

  it("takes every limit", async () => {
    const line =
      "key create --name n --scopes models --models m,x/y --providers p --labels eu,zdr --rpm 9 --max-tokens 512 --mode cheap --expires 2027-01-31T12:00:00Z";
    expect((await cli(line.split(" "))).code).toBe(0);
    expect((await stored()).keys[0]).toMatchObject({
      scopes: ["models"],
      allowedModels: ["m", "x/y"],
      allowedProviders: ["p"],
      requiredLabels: ["eu", "zdr"],
      rpm: 9,
      maxTokens: 512,
      defaultMode: "cheap",
      expiresAtMs: Date.UTC(2027, 0, 31, 12),
    });
  });

  it("refuses wrong values in one line with exit code 2, and makes nothing", async () => {
    for (const wrong of [
      [],
      ["--name", ""],
      ["--name", "a\nb"],
      ["--name", "n", "--scopes", "chat,everything"],
      ["--name", "n", "--rpm", "0"],
      ["--name", "n", "--max-tokens", "1.5"],
      ["--name", "n", "--mode", "psychic"],
      ["--name", "n", "--expires", "tomorrow"],
      ["--name", "n", "--expires", "2027-13-45"],
      ["--name", "n", "--models", "a,,b"],
      ["--name", "n", "--nmae", "x"],
      ["--name", "n", "--local", "--remote"],
    ]) {
      const { code, answers, told } = await cli(["key", "create", ...wrong]);
      expect([code, answers, told.length], wrong.join(" ")).toEqual([2, [], 1]);
      expect(told[0]).toMatch(/^tokenhub: [^\n]+$/);
    }
    await cli(["key", "list"]);
    expect((await stored()).keys).toEqual([]);
  });

  it("for D1 never puts the key into the SQL or the arguments", async () => {
    const { answers, calls } = await cli(["key", "create", "--name", "it's", "--remote"]);
    const [key = ""] = answers;
    expect(calls[0]?.sql).toContain(hashKey(key));
    expect(JSON.stringify(calls)).not.toContain(key.slice(0, -10));
  });
});

describe("tokenhub key list and revoke", () => {
  it("show a key's state, and end it for good", async () => {
    const [key = ""] = (await cli(["key", "create", "--name", "ci"])).answers;
    const id = String(checkKey(key));
    const line = (state: string) =>
      `${id}\t…${key.slice(-4)}\t${state}\tchat,embeddings,models\tci`;
    expect((await cli(["key", "list"])).answers).toEqual([line("active")]);
    expect((await cli(["key", "revoke", id])).code).toBe(0);
    expect((await cli(["key", "list"])).answers).toEqual([line("revoked")]);
    expect((await stored()).keys[0]?.revokedAtMs).toBe(NOW_MS);
  });

  it("show expired keys as expired", async () => {
    await cli(["key", "create", "--name", "old", "--expires", "2026-11-23"]);
    expect((await cli(["key", "list"])).answers[0]).toContain("\texpired\t");
  });

  it("refuse an id that is none or that nobody has", async () => {
    for (const id of ["ci", "key_12345678", "key_1234567'"]) {
      const { code, told } = await cli(["key", "revoke", id]);
      expect([code, told.length]).toEqual([2, 1]);
    }
  });

  it("read D1 through wrangler", async () => {
    const row = ["key_12345678", "edge", "h", "abcd", '["chat"]', "[]", "[]", "[]"];
    const columns = [...row, null, null, null, NOW_MS, null, null];
    const results = [Object.fromEntries(columns.map((value, at) => [`c${at}`, value]))];
    const { code, answers } = await cli(["key", "list", "--remote"], {
      wrangler: () => JSON.stringify([{ results, success: true }]),
    });
    expect([code, answers]).toEqual([0, ["key_12345678\t…abcd\tactive\tchat\tedge"]]);
  });
});

describe("a failure", () => {
  it("of wrangler or the database is one line without a stack, exit code 1", async () => {
    const failing = await cli(["key", "list", "--remote"], {
      wrangler: () => {
        throw new Error("wrangler d1 execute failed: not logged in");
      },
    });
    expect([failing.code, failing.told]).toEqual([
      1,
      ["tokenhub: wrangler d1 execute failed: not logged in"],
    ]);
    const env = { TOKENHUB_DATABASE_URL: `file:${folder}` };
    const broken = await cli(["key", "list"], { env });
    expect([broken.code, broken.told.length]).toEqual([1, 1]);
    expect(broken.told[0]).not.toMatch(/\n\s+at /);
  });

  it("of a setting names it, not its value, exit code 2", async () => {
    const env = { TOKENHUB_DATABASE_URL: "postgres://u:planted@db/x" };
    const { code, told } = await cli(["key", "list"], { env });
    expect(code).toBe(2);
    expect(told.join()).toContain("TOKENHUB_DATABASE_URL");
    expect(told.join()).not.toContain("planted");
  });

  it("of the command line is one line, exit code 2; help is an answer, exit code 0", async () => {
    for (const argv of [["aply"], ["key", "creat"], ["apply"], ["apply", "a", "b"]]) {
      const { code, told } = await cli(argv);
      expect([code, told.length], argv.join(" ")).toEqual([2, 1]);
      expect(told[0]).toMatch(/^tokenhub: [^\n]+$/);
    }
    const help = await cli(["key", "create", "--help"]);
    expect([help.code, help.told]).toEqual([0, []]);
    expect(help.answers.join()).toContain("--max-tokens");
  });
});
