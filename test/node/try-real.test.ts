/** `npm run try:real` against a scripted server in the place of the real one. */
import { afterEach, expect, test } from "vitest";
import { tryReal } from "../../scripts/try-real.ts";
import { ORCHESTRATIONS } from "../../src/modes/index.ts";
import { startUpstream, type Upstream } from "../fakes/upstream.ts";

let upstream: Upstream | undefined;
afterEach(() => upstream?.close());

async function tried(trial: { model: string; ends: boolean; modes?: boolean }) {
  const server = await startUpstream({ models: { "test-model": {} } });
  upstream = server;
  const lines: string[] = [];
  const good = await tryReal({
    home: "node",
    first: { baseUrl: server.baseUrl, model: trial.model },
    second: undefined,
    modes: trial.modes,
    endFirst: trial.ends ? () => server.close() : undefined,
    print: (line) => lines.push(line),
  });
  return { good, text: lines.join("\n") };
}

test("a chat and a stream are answered by the server under test, and told in full", async () => {
  const { good, text } = await tried({ model: "test-model", ends: false });
  expect(good).toBe(true);
  expect(text.match(/chosen +test-model at first/g)).toHaveLength(2);
  expect(text.match(/considered +test-model at first: score -?\d/g)).toHaveLength(2);
  expect(text).toMatch(/first token after \d+ ms/);
});

test("every orchestration is tried, and its total is the sum of its stages", async () => {
  const { good, text } = await tried({ model: "test-model", ends: false, modes: true });
  expect(good).toBe(true);
  expect(text.match(/, orchestration \w+/g)).toHaveLength(Object.keys(ORCHESTRATIONS).length);
  expect(text).toMatch(/critic 0\/0: /);
  expect(text).not.toMatch(/NOT the/);
});

test("when the server is gone the second provider answers, and it is told why", async () => {
  const { good, text } = await tried({ model: "test-model", ends: true });
  expect(good).toBe(true);
  const after = text.slice(text.indexOf("is gone now"));
  expect(after).toMatch(/tried +test-model at first: transient \(connect\)/);
  expect(after).toMatch(/chosen +simulated\/small at second\n +because .*fallback=transient/);
});

test("a server that does not know the model fails the trial", async () => {
  const { good, text } = await tried({ model: "other-model", ends: false });
  expect(good).toBe(false);
  expect(text).toMatch(/tried +other-model at first: misconfigured_candidate/);
});
