import { expect, test } from "vitest";
import { processActors } from "../../self-hosted/actors.ts";
import { recall, remember } from "../../src/stored-responses.ts";
import { fakeVault } from "../fakes/vault.ts";

/** A home in memory, and its vault. */
function home() {
  let nowMs = 1_800_000_000_000;
  const vault = fakeVault();
  const actors = processActors({
    store: { registryVersion: async () => 1, appendRequests: async () => undefined },
    nowMs: () => nowMs,
    every: () => undefined,
  });
  const wait = (ms: number) => {
    nowMs += ms;
  };
  return { vault, actors, wait, nowMs: () => nowMs };
}

const said = (text: string) => ({ role: "user", content: text });
const turn = (responseId: string, previousId?: string) => ({
  ...{ keyId: "key_a", responseId },
  turn: { previousId, items: [said(responseId)] },
});
const UNKNOWN = { code: "previous_response_not_found", param: "previous_response_id" };
const of = (responseId: string, keyId = "key_a") => ({ keyId, responseId });

test("a conversation is put together from its turns, oldest first", async () => {
  const here = home();
  expect(await remember(here, turn("resp_1"))).toBe(true);
  await remember(here, turn("resp_2", "resp_1"));
  await remember(here, turn("resp_3", "resp_1"));
  expect(await recall(here, of("resp_2"))).toEqual([said("resp_1"), said("resp_2")]);
  expect(await recall(here, of("resp_3"))).toEqual([said("resp_1"), said("resp_3")]);
});

test("what is unknown, another key's or a month old is not found, nor what hangs on it", async () => {
  const here = home();
  await remember(here, turn("resp_1"));
  here.wait(20 * 86_400_000);
  await remember(here, turn("resp_2", "resp_1"));
  await expect(recall(here, of("resp_9"))).rejects.toMatchObject(UNKNOWN);
  await expect(recall(here, of("resp_2", "key_b"))).rejects.toMatchObject(UNKNOWN);
  here.wait(10 * 86_400_000);
  await expect(recall(here, of("resp_2"))).rejects.toMatchObject(UNKNOWN);
});

test("turns in a circle end", async () => {
  const here = home();
  await remember(here, turn("resp_1", "resp_2"));
  await remember(here, turn("resp_2", "resp_1"));
  await expect(recall(here, of("resp_1"))).rejects.toMatchObject(UNKNOWN);
});

test("while the vault is sealed nothing is stored and nothing fails; recalling says why", async () => {
  const here = home();
  await remember(here, turn("resp_1"));
  here.vault.open = false;
  expect(await remember(here, turn("resp_2", "resp_1"))).toBe(false);
  await expect(recall(here, of("resp_1"))).rejects.toMatchObject({ code: "vault_sealed" });
  here.vault.open = true;
  await expect(recall(here, of("resp_2"))).rejects.toMatchObject(UNKNOWN);
});

test("beyond a thousand responses, or eight million characters, the oldest go", async () => {
  const many = home();
  for (let i = 0; i <= 1_000; i++) await remember(many, turn(`resp_${i}`));
  await expect(recall(many, of("resp_0"))).rejects.toMatchObject(UNKNOWN);
  expect(await recall(many, of("resp_1"))).toHaveLength(1);
  const large = home();
  for (let i = 0; i < 9; i++) {
    const items = [said("x".repeat(1_000_000))];
    const given = {
      keyId: "key_a",
      responseId: `resp_${i}`,
      turn: { previousId: undefined, items },
    };
    expect(await remember(large, given)).toBe(true);
  }
  await expect(recall(large, of("resp_0"))).rejects.toMatchObject(UNKNOWN);
  expect(await recall(large, of("resp_8"))).toHaveLength(1);
});

test("a turn too large to be stored is told so", async () => {
  const items = [said("x".repeat(1_100_000))];
  const given = { keyId: "key_a", responseId: "resp_1", turn: { previousId: undefined, items } };
  expect(await remember(home(), given)).toBe(false);
});
