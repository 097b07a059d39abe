/** The Worker on one's own machine, as the README tells it: `apply --local`, `key create --local`, then `npm run dev`. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { type ChatAnswer, eventsOf, spoken } from "../../fakes/client.ts";
import { blocksOf, curlRequest, pages } from "../../fakes/documents.ts";
import { type Started, startScript } from "../../fakes/npm-script.ts";
import { closedPort, startUpstream, type Upstream } from "../../fakes/upstream.ts";

const SECRET = "sk-of-the-worker";
const HOST = "http://127.0.0.1:8080";
const [CHAT = "", STREAM = ""] = pages()
  .filter(({ file }) => file === "README.md")
  .flatMap(blocksOf)
  .map(({ text }) => text)
  .filter((text) => text.startsWith("curl"));

let folder: string;
let upstream: Upstream;
let dev: Started;
let url: string;
let key: string;

/** Runs a command of the CLI on the local database and answers its stdout. */
async function tokenhub(...args: readonly string[]): Promise<string> {
  const script = startScript("tokenhub", [...args, "--local", "--persist-to", state()], folder);
  const { code, stdout } = await script.ended;
  expect([code, script.text()]).toEqual([0, script.text()]);
  return stdout.trim();
}

const state = () => path.join(folder, "state");

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** A config file with one provider of one model. */
function config(provider: { id: string }, model: { id: string }): string {
  const rows = { providers: [provider], models: [{ ...model, provider_id: provider.id }] };
  return write(`${provider.id}.yaml`, stringify(rows));
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "tokenhub-dev-"));
  upstream = await startUpstream({ apiKey: SECRET });
  const { baseUrl } = upstream;
  const vendor = { id: "vendor", type: "openai", base_url: baseUrl, env_key_name: "VENDOR_KEY" };
  await tokenhub("apply", config(vendor, { id: "gpt-test" }));
  key = await tokenhub("key", "create", "--name", "x");
  const port = await closedPort();
  // In place of `.dev.vars`.
  const secrets = `VENDOR_KEY=${SECRET}\nTOKENHUB_PRIVATE_EGRESS=${baseUrl}\n`;
  const places = ["--persist-to", state(), "--env-file", write("secrets", secrets)];
  const ports = ["--ip", "127.0.0.1", "--port", `${port}`, "--inspector-port", "0"];
  dev = startScript("dev", [...places, ...ports], folder);
  [url] = await dev.says(/http:\/\/127\.0\.0\.1:\d+/);
}, 120_000);

afterAll(async () => {
  await dev?.stop();
  await upstream?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Sends a curl of the README with this key. */
async function ask(curl: string): Promise<{ status: number; text: string }> {
  const { url: told, ...asked } = curlRequest(curl, { TOKENHUB_KEY: key });
  expect(told.startsWith(`${HOST}/`)).toBe(true);
  const response = await fetch(told.replace(HOST, url), asked);
  return { status: response.status, text: await response.text() };
}

async function chat(): Promise<ChatAnswer> {
  const { status, text } = await ask(CHAT);
  expect([status, text]).toEqual([200, text]);
  return JSON.parse(text);
}

test("the README's curl is answered by the provider that was applied, with the key that was made", async () => {
  const answer = await chat();
  expect(answer.negotiated_model).toBe("gpt-test");
  expect(answer.response.choices[0]?.message.content).toBe("Hello from upstream.");
  expect(answer.decision.attempts).toMatchObject([{ provider: "vendor", status: 200 }]);
});

test("and so is its stream", async () => {
  const { status, text } = await ask(STREAM);
  const events = eventsOf(text);
  expect([status, spoken(events), events.at(-1)?.data]).toEqual([
    200,
    "Hello from upstream.",
    "[DONE]",
  ]);
});

test("what is applied while it runs is served: the simulated provider, which says that it is", async () => {
  const simulated = { id: "pretend", type: "simulated" };
  await tokenhub("apply", config(simulated, { id: "pretender" }));
  await vi.waitFor(async () => expect((await chat()).negotiated_model).toBe("pretender"), 5_000);
  expect((await chat()).response.choices[0]?.message.content).toMatch(/simulated/i);
  const events = eventsOf((await ask(STREAM)).text);
  expect(spoken(events)).toMatch(/simulated/i);
  expect(events.at(-1)?.data).toBe("[DONE]");
}, 60_000);

test("neither the key nor the secret is in what it wrote", () => {
  expect(dev.text()).toContain('"type":"request-done"');
  expect(dev.text()).not.toContain(key);
  expect(dev.text()).not.toContain(SECRET);
});
