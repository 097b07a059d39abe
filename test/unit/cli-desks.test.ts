/** The same commands at a running gateway, on the self-hosted database and on D1. */
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkKey } from "../../src/key.ts";
import { startAdmin } from "../fakes/admin.ts";
import { type CliFolder, type CliGiven, cliFolder } from "../fakes/cli.ts";
import { reaching } from "../fakes/cli-gateway.ts";
import { fakeD1 } from "../fakes/wrangler.ts";

/** How commands get there, and what closes it. */
interface Place {
  readonly given: CliGiven;
  readonly options: readonly string[];
  readonly actor: string;
  close(): void;
}

const PLACES = {
  async gateway(): Promise<Place> {
    const admin = await startAdmin({ TOKENHUB_PRIVATE_EGRESS: "10.0.0.0/8" });
    return { given: reaching(admin), options: [], actor: "token", close: admin.close };
  },
  async database(): Promise<Place> {
    const env = { TOKENHUB_PRIVATE_EGRESS: "10.0.0.0/8" };
    return { given: { env }, options: [], actor: "cli", close: () => undefined };
  },
  async D1(folder: CliFolder): Promise<Place> {
    const d1 = await fakeD1(path.join(folder.path, "d1.db"));
    const given = { wrangler: d1.wrangler };
    return { given, options: ["--remote"], actor: "cli", close: d1.close };
  },
} as const satisfies Record<string, (folder: CliFolder) => Promise<Place>>;

describe.each(Object.entries(PLACES))("%s", (_, open) => {
  let folder: CliFolder;
  let place: Place;
  beforeEach(async () => {
    folder = cliFolder();
    place = await open(folder);
  });
  afterEach(() => {
    place.close();
    folder.remove();
  });

  async function cli(line: string) {
    const result = await folder.run([...line.split(" "), ...place.options], place.given);
    return [result.code, ...result.answers];
  }

  it("a key is made, listed, rotated and revoked", async () => {
    const [code, made] = await cli("key create --name ci --scopes chat,usage --rpm 5");
    const id = checkKey(String(made));
    const line = (key: unknown, state: string) =>
      `${id}\t…${String(key).slice(-4)}\t${state}\tchat,usage\tci`;
    expect([code, await cli("key list")]).toEqual([0, [0, line(made, "active")]]);
    const [, rotated] = await cli(`key rotate ${id} --overlap 3600`);
    expect(rotated).not.toBe(made);
    expect(await cli("key list")).toEqual([0, line(rotated, "active")]);
    expect([await cli(`key revoke ${id}`), await cli(`key revoke ${id}`)]).toEqual([[0], [0]]);
    expect(await cli("key list")).toEqual([0, line(rotated, "revoked")]);
    expect(await cli(`key rotate ${id}`)).toEqual([2]);
    expect(await cli("key revoke key_00000000")).toEqual([2]);
  });

  it("a project is made once, and a key belongs to it", async () => {
    const line = "project create --name team --id t1 --budget-day 1.5 --time-zone Europe/Berlin";
    expect(await cli(line)).toEqual([0, "t1"]);
    expect(await cli(line)).toEqual([2]);
    expect(await cli("project list")).toEqual([0, "t1\t1.5\t-\t-\tteam"]);
    const [code, id] = await cli("project create --name other");
    expect([code, id]).toEqual([0, expect.stringMatching(/^proj_/)]);
    expect((await cli("key create --name k --project t1"))[0]).toBe(0);
    expect(await cli("key create --name k --project t2")).toEqual([2]);
    expect(await cli("project create --name x --time-zone Mars/Olympus")).toEqual([2]);
  });

  it("a provider is added once, listed, and removed", async () => {
    const line = "provider add --id p --type vllm --base-url https://models.example/v1";
    expect(await cli(line)).toEqual([0]);
    expect(await cli(line)).toEqual([2]);
    expect(await cli("provider list")).toEqual([
      0,
      expect.stringMatching(/^p\tvllm\thttps:\/\/models\.example\/v1\tnone\t\w+\tadmin$/),
    ]);
    expect(await cli("provider remove p")).toEqual([0]);
    expect(await cli("provider remove p")).toEqual([2]);
    expect(await cli("provider list")).toEqual([0]);
  });

  it("a provider that nobody could ask is refused", async () => {
    for (const wrong of ["--type telepathy", "--type vllm", "--type openai --base-url not-a-url"]) {
      expect(await cli(`provider add --id p ${wrong}`), wrong).toEqual([2]);
    }
    expect(await cli("provider list")).toEqual([0]);
  });

  it("every change has its entry, and the chain holds", async () => {
    const [, key] = await cli("key create --name ci");
    await cli("project create --name team --id t1");
    await cli("key revoke key_00000000");
    const [code, newest, oldest, ...rest] = await cli("audit list");
    expect([code, rest]).toEqual([0, []]);
    const by = `\t${place.actor}\t`;
    expect(newest).toMatch(new RegExp(`^2\t2026-.*Z${by}project\\.put\tt1\tok$`));
    expect(oldest).toMatch(new RegExp(`^1\t.*${by}key\\.create\t${checkKey(String(key))}\tok$`));
    expect(await cli("audit list --limit 1 --before 2")).toEqual([0, oldest]);
    expect(await cli("audit verify")).toEqual([0, "ok\t2"]);
  });
});
