/** Row 44: consumer keys are guessed at a bounded pace, and whoever has one is never slowed by it. */
import { describe, expect, test } from "vitest";
import { clientAddress } from "../../src/routes/admin/origin.ts";
import { useGateway } from "../fakes/gateway.ts";
import { HOME_NAMES } from "../fakes/homes.ts";

const BOUND = 5;

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    registry: { providers: [{ id: "p" }], models: [{ id: "chat", provider_id: "p" }] },
    limits: { keyGuessesMax: BOUND },
  });
  const ask = async (key: string, path = "/v1/models") => {
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(gateway.home.url + path, { headers });
    await response.text();
    return [response.status, Number(response.headers.get("retry-after") ?? 0) > 0];
  };

  test("beyond the bound a wrong key is told to wait; a good one is served from the same address", async () => {
    const wrong = `${gateway.home.key.slice(0, -1)}${gateway.home.key.endsWith("a") ? "b" : "a"}`;
    for (let guess = 0; guess < BOUND; guess += 1) expect(await ask(wrong)).toEqual([401, false]);
    expect(await ask(wrong)).toEqual([429, true]);
    expect(await ask("", "/v1/usage")).toEqual([429, true]);
    expect(await ask(gateway.home.key)).toEqual([200, false]);
    expect(await ask(gateway.home.key, "/v1/usage")).toEqual([200, false]);
  });
});

test.each([
  ["203.0.113.9", [], "198.51.100.1, 192.0.2.7", "203.0.113.9"],
  ["203.0.113.9", ["203.0.113.0/24"], "198.51.100.1, 192.0.2.7", "192.0.2.7"],
  ["203.0.113.9", ["203.0.113.0/24"], "no address", "203.0.113.9"],
])(
  "a guess from %s behind proxies %j that say %s is that of %s",
  (peer, trustProxy, said, address) => {
    const header = (name: string) => (name === "x-forwarded-for" ? said : undefined);
    expect(clientAddress({ peer, header }, { trustProxy })).toBe(address);
  },
);
