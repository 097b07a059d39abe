import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import { type CliFolder, cliFolder } from "../fakes/cli.ts";
import { type FakeD1, fakeD1 } from "../fakes/wrangler.ts";

const MAKE_TWO = ["project create --name a --id a", "project create --name b --id b"];
const TAMPER = `update "audit" set "target" = 'planted' where "seq" = 2`;

let folder: CliFolder;
let d1: FakeD1;
beforeEach(async () => {
  folder = cliFolder();
  d1 = await fakeD1(path.join(folder.path, "d1.db"));
});
afterEach(() => {
  d1.close();
  folder.remove();
});

const remote = (line: string) => folder.run(`${line} --remote`, { wrangler: d1.wrangler });

describe("tokenhub audit verify", () => {
  const broken = {
    code: 1,
    answers: ["broken\t2"],
    told: ["tokenhub: the audit chain is broken at entry 2"],
  };

  it("of the self-hosted database tells the first entry that was changed, exit code 1", async () => {
    for (const line of MAKE_TWO) await folder.run(line);
    expect(await folder.run("audit verify")).toMatchObject({ code: 0, answers: ["ok\t2"] });
    const sqlite = openSqlite(path.join(folder.path, "tokenhub.db"));
    await sqlite.all({ sql: TAMPER, params: [] });
    sqlite.close();
    expect(await folder.run("audit verify")).toMatchObject(broken);
  });

  it("of D1 does so too", async () => {
    for (const line of MAKE_TWO) await remote(line);
    expect(await remote("audit verify")).toMatchObject({ code: 0, answers: ["ok\t2"] });
    d1.exec(TAMPER);
    expect(await remote("audit verify")).toMatchObject(broken);
  });

  it("of an empty chain is content", async () => {
    expect(await folder.run("audit verify")).toMatchObject({ code: 0, answers: ["ok\t0"] });
    expect(await folder.run("audit list")).toMatchObject({
      answers: [],
      told: ["There are no entries."],
    });
  });
});

describe("a change of D1", () => {
  it("travels in one private file, with its entry, and without the key", async () => {
    const { answers, calls } = await remote("key create --name it's");
    const [key = ""] = answers;
    const files = calls.filter(({ sql }) => sql !== undefined);
    expect(files).toHaveLength(1);
    expect(files[0]?.mode).toBe(0o600);
    expect(files[0]?.sql).toMatch(/insert into "audit".*insert into "api_key"/s);
    expect(JSON.stringify(calls)).not.toContain(key.slice(0, -10));
  });

  it("is tried again when another one took its place in the chain", async () => {
    const [line = ""] = MAKE_TWO;
    let taken = 0;
    const racing = await folder.run(`${line} --remote`, {
      wrangler(args) {
        if (args.includes("--file") && taken++ === 0) {
          throw new Error("wrangler failed: UNIQUE constraint failed: audit.seq");
        }
        return d1.wrangler(args);
      },
    });
    expect([racing.code, taken]).toEqual([0, 2]);
    expect(await remote("audit verify")).toMatchObject({ answers: ["ok\t1"] });
  });

  it("that the row refuses is told as such, and leaves no entry", async () => {
    const [line = ""] = MAKE_TWO;
    await remote(line);
    const again = await remote(line);
    expect([again.code, again.told]).toEqual([2, ["tokenhub: there is one with this id already"]]);
    expect(await remote("audit verify")).toMatchObject({ answers: ["ok\t1"] });
  });
});
