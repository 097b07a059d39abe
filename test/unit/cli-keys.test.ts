import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkKey, hashKey, unlimitedKey } from "../../src/key.ts";
import { type CliFolder, type CliGiven, cliFolder, NOW_MS } from "../fakes/cli.ts";

let folder: CliFolder;
beforeEach(() => {
  folder = cliFolder();
});
afterEach(() => folder.remove());

const cli = (line: string | readonly string[], given?: CliGiven) => folder.run(line, given);

describe("tokenhub key create", () => {
  it("prints the key alone on stdout and keeps its hash only", async () => {
    const { code, answers, told } = await cli("key create --name ci");
    expect([code, answers.length]).toEqual([0, 1]);
    const key = answers[0] ?? "";
    const { keys, audit } = await folder.stored();
    expect(keys).toEqual([
      unlimitedKey(
        { id: checkKey(key) ?? "", hash: hashKey(key), last4: key.slice(-4), key },
        { name: "ci", createdAtMs: NOW_MS },
      ),
    ]);
    expect(JSON.stringify([keys, audit]) + told.join()).not.toContain(key);
  });

  it("takes every limit", async () => {
    await cli("project create --name team --id team");
    const line =
      "key create --name n --project team --scopes models --models m,x/y --providers p --labels eu,zdr --budget-request 0.01 --budget-day 2.5 --budget-month 0 --rpm 9 --tpm 1000 --concurrency 3 --max-tokens 512 --fan-out 24 --mode vote --inband system --expires 2027-01-31T12:00:00Z";
    expect((await cli(line)).code).toBe(0);
    expect((await folder.stored()).keys[0]).toMatchObject({
      projectId: "team",
      scopes: ["models"],
      allowedModels: ["m", "x/y"],
      allowedProviders: ["p"],
      requiredLabels: ["eu", "zdr"],
      budgetRequestNanoUsd: 10_000_000,
      budgetDayNanoUsd: 2_500_000_000,
      budgetMonthNanoUsd: 0,
      rpm: 9,
      tpm: 1_000,
      concurrency: 3,
      maxTokens: 512,
      fanOut: 24,
      defaultMode: "vote",
      inband: "system",
      expiresAtMs: Date.UTC(2027, 0, 31, 12),
    });
  });

  it("refuses wrong values in one line with exit code 2, and makes nothing", async () => {
    for (const wrong of [
      [],
      ["--name", ""],
      ["--name", "a\nb"],
      ...[
        "--scopes chat,everything",
        "--project nobody",
        "--rpm 0",
        "--tpm 1e9",
        "--concurrency 100001",
        "--max-tokens 1.5",
        "--budget-day -1",
        "--budget-month 1000001",
        "--budget-request $5",
        "--fan-out 0",
        "--fan-out 25",
        "--mode psychic",
        "--inband assistant",
        "--expires tomorrow",
        "--expires 2027-13-45",
        "--models a,,b",
        "--nmae x",
        "--local --remote",
        "--url http://127.0.0.1:8080 --remote",
      ].map((line) => ["--name", "n", ...line.split(" ")]),
    ]) {
      const { code, answers, told } = await cli(["key", "create", ...wrong]);
      expect([code, answers, told.length], wrong.join(" ")).toEqual([2, [], 1]);
      expect(told[0]).toMatch(/^tokenhub: [^\n]+$/);
    }
    await cli("key list");
    expect(await folder.stored()).toMatchObject({ keys: [], audit: [] });
  });
});

describe("tokenhub key list", () => {
  it("shows expired keys as expired", async () => {
    await cli("key create --name old --expires 2026-11-23");
    expect((await cli("key list")).answers[0]).toContain("\texpired\t");
  });

  it("reads D1 through wrangler", async () => {
    const row = ["key_12345678", "edge", "h", "abcd", '["chat"]', "[]", "[]", "[]"];
    const columns = [...row, null, null, null, NOW_MS, null, null];
    const results = [Object.fromEntries(columns.map((value, at) => [`c${at}`, value]))];
    const { code, answers } = await cli("key list --remote", {
      wrangler: () => JSON.stringify([{ results, success: true }]),
    });
    expect([code, answers]).toEqual([0, ["key_12345678\t…abcd\tactive\tchat\tedge"]]);
  });
});

describe("tokenhub key rotate and revoke", () => {
  it("refuse an id that is none or that nobody has, and do not repeat it", async () => {
    for (const id of ["ci", "key_12345678", "key_1234567'", "thk_live_planted"]) {
      for (const what of ["rotate", "revoke"]) {
        const { code, told } = await cli(["key", what, id]);
        expect([code, told.length]).toEqual([2, 1]);
        expect(told.join()).not.toContain("planted");
      }
    }
  });

  it("leave what they change in the audit chain, as done by the command line", async () => {
    const [key = ""] = (await cli("key create --name ci")).answers;
    const id = String(checkKey(key));
    const [next = ""] = (await cli(`key rotate ${id} --overlap 60`)).answers;
    await cli(`key revoke ${id}`);
    await cli(`key revoke ${id}`);
    const { keys, audit } = await folder.stored();
    expect(keys[0]).toMatchObject({
      hash: hashKey(next),
      previousHash: hashKey(key),
      previousUntilMs: NOW_MS + 60_000,
      revokedAtMs: NOW_MS,
    });
    expect(audit.map(({ actor, action, target }) => `${actor} ${action} ${target}`)).toEqual([
      `cli key.create ${id}`,
      `cli key.rotate ${id}`,
      `cli key.revoke ${id}`,
    ]);
    expect(new Set(audit.map(({ requestId }) => requestId)).size).toBe(3);
    expect(JSON.stringify(audit)).not.toMatch(new RegExp(`thk_live|${hashKey(key)}`));
    expect((await cli(`key rotate ${id}`)).code).toBe(2);
  });

  it("of a rotated key without overlap the old one opens no more", async () => {
    const [key = ""] = (await cli("key create --name ci")).answers;
    await cli(`key rotate ${checkKey(key)} --overlap 0`);
    expect((await folder.stored()).keys[0]).toMatchObject({
      previousHash: undefined,
      previousUntilMs: undefined,
    });
  });
});
