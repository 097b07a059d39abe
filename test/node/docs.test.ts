/** The documents say what is: their examples run, and what they name exists. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfigFile } from "../../self-hosted/config.ts";
import { ERRORS } from "../../src/errors.ts";
import { SETTING_NAMES } from "../../src/settings.ts";
import { SIMULATED_REGISTRY } from "../../src/simulated-registry.ts";
import { METRICS } from "../../src/telemetry.ts";
import { eventsOf } from "../fakes/client.ts";
import { type Block, blocksOf, curlRequest, pages, ROOT } from "../fakes/documents.ts";
import { HOME_NAMES, HOMES, type Home } from "../fakes/homes.ts";

const PAGES = pages();
const BLOCKS = PAGES.flatMap(blocksOf);
const CURLS = BLOCKS.filter(({ language, text }) => language === "sh" && text.startsWith("curl"));
const CONFIGS = BLOCKS.filter(({ language }) => language === "yaml");
const HOST = "http://127.0.0.1:8080";
const places = (blocks: readonly Block[]) => blocks.map((block) => [block.place, block] as const);

test("there are examples to run", () => {
  expect(CURLS.length).toBeGreaterThan(5);
  expect(CONFIGS.length).toBeGreaterThan(1);
});

describe.each(HOME_NAMES)("curl examples, %s", (name) => {
  let home: Home;
  beforeAll(async () => {
    home = await HOMES[name]({ rows: SIMULATED_REGISTRY });
  });
  afterAll(() => home?.stop());

  test.each(places(CURLS))("%s answers as told", async (_, { text, next }) => {
    const { url, ...asked } = curlRequest(text, { TOKENHUB_KEY: home.key });
    expect(url.startsWith(`${HOST}/`)).toBe(true);
    const response = await fetch(url.replace(HOST, home.url), asked);
    const answer = await response.text();
    const told = next?.language === "json" ? JSON.parse(next.text) : undefined;
    const code = told?.error?.code as keyof typeof ERRORS | undefined;
    expect([response.status, answer]).toEqual([code ? ERRORS[code].status : 200, answer]);
    if (told) expect(differences(told, JSON.parse(answer), "")).toEqual([]);
    if (asked.body?.includes('"stream": true')) {
      const events = eventsOf(answer);
      expect(events.at(-1)?.data).toBe("[DONE]");
      if (next?.language === "text") expectEvents(eventsOf(next.text), events);
    }
  });
});

/** Ids differ with each request. */
const VOLATILE: ReadonlySet<string> = new Set(["id", "request_id"]);

/** Where the example tells what the answer does not: members, types, and texts. Numbers may differ. */
function differences(told: unknown, real: unknown, at: string): string[] {
  if (Array.isArray(told)) {
    if (!Array.isArray(real)) return [`${at} is no list`];
    return told.flatMap((item, index) => {
      const tries = real.map((one) => differences(item, one, `${at}[${index}]`));
      return tries.some((tried) => tried.length === 0) ? [] : (tries[0] ?? [`${at} is empty`]);
    });
  }
  if (typeof told === "object" && told !== null) {
    if (typeof real !== "object" || real === null) return [`${at} is no object`];
    return Object.entries(told).flatMap(([key, value]) => {
      if (!Object.hasOwn(real, key)) return [`${at}.${key} is missing`];
      const found = (real as Record<string, unknown>)[key];
      const sameType = VOLATILE.has(key) && typeof value === typeof found;
      return sameType ? [] : differences(value, found, `${at}.${key}`);
    });
  }
  if (typeof told !== typeof real) return [`${at} is ${typeof real}`];
  return typeof told === "number" || told === real ? [] : [`${at} is ${JSON.stringify(real)}`];
}

/** Every event told comes, in this order, with at least these members; comments with these words. */
function expectEvents(told: ReturnType<typeof eventsOf>, real: ReturnType<typeof eventsOf>): void {
  let from = 0;
  for (const { name, data } of told) {
    const at = real.findIndex((event, index) => index >= from && fits(event, { name, data }));
    expect([name, data, at >= from]).toEqual([name, data, true]);
    from = at + 1;
  }
}

type Event = ReturnType<typeof eventsOf>[number];

function fits(real: Event, told: Event): boolean {
  if (real.name !== told.name) return false;
  const words = (text: string) => text.split(/[ =]/).filter((_, index) => index % 2 === 1);
  if (told.name === "comment") return words(real.data).join() === words(told.data).join();
  if (!told.data.startsWith("{")) return real.data === told.data;
  if (!real.data.startsWith("{")) return false;
  const members = Object.keys(JSON.parse(real.data));
  return Object.keys(JSON.parse(told.data)).every((key) => members.includes(key));
}

test("after a request every metric of requests is counted", async () => {
  const home = await HOMES.node({ rows: SIMULATED_REGISTRY });
  const [first] = CURLS;
  const { url, ...asked } = curlRequest(first?.text ?? "", { TOKENHUB_KEY: home.key });
  await fetch(url.replace(HOST, home.url), asked);
  const exposition = await (await fetch(`${home.url}/metrics`)).text();
  await home.stop();
  const perRequest = Object.keys(METRICS).filter(
    (name) => !/_(?:dropped_total|ttft_ms)$|_bucket_/.test(name),
  );
  const counted = perRequest.filter((name) => exposition.includes(`# TYPE ${name} `));
  expect(counted).toEqual(perRequest);
});

describe("config examples", () => {
  let home: Home;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "tokenhub-docs-"));
    // Every request reads the registry anew.
    const limits = { viewRefreshMs: 0, viewStaleMs: 0, viewWaitMs: 5_000 };
    home = await HOMES.node({ rows: SIMULATED_REGISTRY, limits });
  });
  afterAll(async () => {
    await home?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const example = "config/config.example.yaml";
  const files = [
    ...CONFIGS.map(({ place, text }) => [place, text] as const),
    [example, readFileSync(path.join(ROOT, example), "utf8")] as const,
  ];
  test.each(files)("%s is a config file whose models can be asked for", async (_, text) => {
    const file = path.join(folder, "config.yaml");
    writeFileSync(file, text);
    const { rows } = readConfigFile(file);
    await home.store.declare("config", rows);
    const headers = { "x-api-key": home.key };
    const response = await fetch(`${home.url}/v1/models`, { headers });
    const { data } = (await response.json()) as { data: { id: string }[] };
    const offered = rows.offers.map(({ modelId }) => modelId);
    const named = [...offered, ...rows.aliases.map(({ id }) => id)];
    expect(named.length).toBeGreaterThan(0);
    expect(data.map(({ id }) => id)).toEqual(expect.arrayContaining(named));
  });
});

describe("what the documents name exists", () => {
  const text = PAGES.map((page) => page.text).join("\n");
  const found = (pattern: RegExp, from = text) => [
    ...new Set([...from.matchAll(pattern)].map((match) => match[1] ?? match[0])),
  ];

  test("settings", () => {
    const example = readFileSync(path.join(ROOT, ".env.example"), "utf8");
    const known = SETTING_NAMES.map((name) => `TOKENHUB_${name}`);
    // The key of the examples, and the switch of the long test runs.
    const others = ["TOKENHUB_KEY", "TOKENHUB_LONG"];
    const named = found(/\bTOKENHUB_[A-Z_]*[A-Z]\b/g, text + example);
    expect(named.filter((name) => !known.includes(name) && !others.includes(name))).toEqual([]);
  });

  test("every setting has its line in docs/OPERATIONS.md and in .env.example", () => {
    const operations = readFileSync(path.join(ROOT, "docs/OPERATIONS.md"), "utf8");
    const example = readFileSync(path.join(ROOT, ".env.example"), "utf8");
    const people = SETTING_NAMES.filter((name) => name !== "START");
    expect(people.filter((name) => !new RegExp(`\\b${name}\\b`).test(operations))).toEqual([]);
    const given = found(/^# (TOKENHUB_\w+)=/gm, example);
    expect(given.sort()).toEqual(people.map((name) => `TOKENHUB_${name}`).sort());
  });

  test("metrics, every one of them", () => {
    const operations = readFileSync(path.join(ROOT, "docs/OPERATIONS.md"), "utf8");
    const named = found(/`(tokenhub_[a-z_]+)`/g, operations);
    expect(named.sort()).toEqual(Object.keys(METRICS).sort());
  });

  test("npm scripts", () => {
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
    const named = found(/npm run ([\w:-]+)/g);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  test("links, and the headings that they lead to", () => {
    const broken = PAGES.flatMap(({ file, text: page }) =>
      found(/\]\((?!https?:)([^)\s]+)\)/g, page)
        .filter((link) => !leadsSomewhere(path.join(ROOT, path.dirname(file)), link, page))
        .map((link) => `${file}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  test("files", () => {
    const named = found(/`((?:src|self-hosted|durable-objects|test|scripts|docs)\/[\w./-]+)`/g);
    // A name that the reader is to fill in.
    const fixed = named.filter((name) => !name.includes("NAME"));
    expect(fixed.length).toBeGreaterThan(20);
    expect(fixed.filter((name) => !existsSync(path.join(ROOT, name)))).toEqual([]);
  });

  test("every file directly in src/ has its line in docs/ARCHITECTURE.md", () => {
    const page = readFileSync(path.join(ROOT, "docs/ARCHITECTURE.md"), "utf8");
    const files = readdirSync(path.join(ROOT, "src")).filter((name) => name.endsWith(".ts"));
    expect(files.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

function leadsSomewhere(folder: string, link: string, own: string): boolean {
  const [to = "", heading] = link.split("#");
  const file = path.join(folder, to);
  if (to !== "" && !existsSync(file)) return false;
  if (heading === undefined) return true;
  const page = to === "" ? own : readFileSync(file, "utf8");
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
  return headings.includes(heading);
}
