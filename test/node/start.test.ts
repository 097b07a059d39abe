/** What a person sees who starts the self-hosted gateway: the greeting, and one sentence for each mistake. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const ROOT = path.join(import.meta.dirname, "../..");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tokenhub-start-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Started {
  readonly process: ChildProcess;
  /** Both streams so far. */
  text(): string;
  /** Resolves to the address as soon as it listens. */
  readonly listens: Promise<string>;
  /** Exit code; null after a signal that nobody handled. */
  readonly ended: Promise<number | null>;
}

/** Starts the server as `npm start` does, in the test's own folder. */
function start(env: Readonly<Record<string, string>> = {}): Started {
  const script = path.join(ROOT, "self-hosted/server.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      TOKENHUB_START: "npm",
      TOKENHUB_LISTEN_ADDR: "127.0.0.1:0",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const listens = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part: Buffer) => {
        text += part.toString();
        const url = /"url":"([^"]+)"/.exec(text)?.[1];
        if (url) resolve(url);
      });
    }
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { process: child, text: () => text, listens, ended };
}

/** Lets it start, stops it as Ctrl-C does, and answers all that it wrote. */
async function startAndStop(env?: Readonly<Record<string, string>>): Promise<string> {
  const started = start(env);
  await started.listens;
  started.process.kill("SIGINT");
  expect(await started.ended).toBe(0);
  return started.text();
}

test("the first start prints a key and two curls that hold it; the next knows the key and keeps it to itself", async () => {
  const text = await startAndStop();
  const key = readFileSync(path.join(folder, "data/quick-start-key"), "utf8").trim();
  expect(text).toContain(`\n  ${key}\n`);
  expect(text.match(/^ {2}curl .*$/gm)).toEqual([
    expect.stringContaining(`Bearer ${key}"`),
    expect.stringContaining('"stream":true'),
  ]);
  expect(statSync(path.join(folder, "data/quick-start-key")).mode & 0o777).toBe(0o600);
  // A token goes to a terminal only.
  const tokenFile = path.join(folder, "data/admin-token");
  const token = readFileSync(tokenFile, "utf8").trim();
  expect(text).toMatch(/^Admin page: http:\/\/127\.0\.0\.1:\d+\/admin$/m);
  expect([text.includes(token), text.includes("data/admin-token")]).toEqual([false, true]);
  expect([token.length >= 43, statSync(tokenFile).mode & 0o777]).toEqual([true, 0o600]);
  // The next start knows the same key and does not print it again.
  const started = start();
  const url = await started.listens;
  const { status } = await fetch(`${url}/v1/models`, { headers: { "x-api-key": key } });
  const authorization = `Bearer ${token}`;
  const admin = await fetch(`${url}/admin/v1/session`, { headers: { authorization } });
  expect(admin.status).toBe(200);
  started.process.kill("SIGTERM");
  expect([await started.ended, status, started.text().includes(key)]).toEqual([0, 200, false]);
});

test("a mistyped setting is a warning that names the nearest", async () => {
  const text = await startAndStop({ TOKENHUB_DEFUALT_MODE: "cheap" });
  expect(text).toContain('"name":"TOKENHUB_DEFUALT_MODE","nearest":"TOKENHUB_DEFAULT_MODE"');
});

test("the first key is kept also where the database is elsewhere and no data folder is there", async () => {
  await startAndStop({ TOKENHUB_DATABASE_URL: `file:${path.join(folder, "elsewhere.db")}` });
  expect(readFileSync(path.join(folder, "data/quick-start-key"), "utf8")).toMatch(/^thk_live_/);
});

async function refused(env: Readonly<Record<string, string>>): Promise<string[]> {
  const started = start(env);
  expect(await started.ended).toBe(2);
  const lines = started.text().trimEnd().split("\n");
  return lines.filter((line) => !line.startsWith("{"));
}

test("every mistake in a config file is a line with its place", async () => {
  const file = path.join(folder, "wrong.yaml");
  writeFileSync(
    file,
    "providers:\n  - id: a\n    type: openai\n    base_ulr: x\nmodels:\n  - id: m\n    weight: 11\n",
  );
  expect(await refused({ TOKENHUB_CONFIG: file })).toEqual([
    `tokenhub: ${file}:4:5 providers.0.base_ulr unknown key; did you mean base_url?`,
    expect.stringMatching(/^tokenhub: .*wrong\.yaml:7:5 models\.0\.weight /),
  ]);
});

test("a port in use is told with the address and the setting to change", async () => {
  const taken = createServer();
  taken.listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  const lines = await refused({ TOKENHUB_LISTEN_ADDR: `127.0.0.1:${port}` });
  taken.close();
  expect(lines).toEqual([
    `tokenhub: Cannot listen on 127.0.0.1, port ${port}: another program listens there already. Set TOKENHUB_LISTEN_ADDR to another HOST:PORT.`,
  ]);
});

test("a data folder that cannot be one is told as such", async () => {
  const file = path.join(folder, "file");
  writeFileSync(file, "");
  expect(await refused({ TOKENHUB_DATA_DIR: file })).toEqual([
    expect.stringMatching(/^tokenhub: Database .*: A part of this path is a file, not a folder\./),
  ]);
  const elsewhere = `file:${path.join(folder, "elsewhere.db")}`;
  const lines = await refused({ TOKENHUB_DATA_DIR: file, TOKENHUB_DATABASE_URL: elsewhere });
  expect(lines).toEqual([
    expect.stringMatching(/^tokenhub: The admin token cannot be kept in .*TOKENHUB_DATA_DIR\./),
  ]);
});
