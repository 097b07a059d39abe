/** What an admin sees of requests, over real HTTP: live, in the log, in the statistics; both homes. */
import { describe, expect, test, vi } from "vitest";
import { type AdminAsked, askAdmin, signIn } from "../../fakes/admin-client.ts";
import { saying } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const ASKED = { model: "cheap", messages: saying("planted words") };

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    registry: {
      providers: [{ id: "here" }],
      models: [
        {
          id: "cheap",
          provider_id: "here",
          upstream_name: "up",
          input_per_1k: 0.001,
          output_per_1k: 0.001,
        },
      ],
    },
  });
  const ask = (what: string, asked?: AdminAsked) => askAdmin(gateway.home, what, asked);

  test("a request is told live, then in the log with its decision, then in the sums, and never what it said", async () => {
    const headers = await signIn(gateway.home);
    const controller = new AbortController();
    const { signal } = controller;
    const live = await fetch(`${gateway.home.url}/admin/v1/events`, { headers, signal });
    expect(live.headers.get("content-type")).toBe("text/event-stream");
    const reader = live.body?.pipeThrough(new TextDecoderStream()).getReader();
    let told = "";
    const heard = async (what: string) => {
      while (!told.includes(what)) {
        const part = await reader?.read();
        if (!part || part.done) throw new Error(`ended before ${what}`);
        told += part.value;
      }
    };
    await heard(": open");
    const answer = await gateway.client.complete(ASKED);
    const id = answer.headers["x-request-id"] ?? "";
    await heard(id);
    controller.abort();
    expect(told).toContain("event: request\ndata: {");

    const logged = await vi.waitFor(
      async () => {
        const one = await ask(`GET /requests/${id}`);
        expect(one.status).toBe(200);
        return one;
      },
      { timeout: 15_000, interval: 200 },
    );
    expect(logged.body).toMatchObject({ model_id: "cheap", provider_id: "here", status: 200 });
    expect(logged.body.decision.candidates).toMatchObject([{ model: "cheap", eligible: true }]);
    const { data } = (await ask("GET /requests?model=cheap&status=2")).body;
    expect(data.map((row: { id: string }) => row.id)).toEqual([id]);
    const { data: points } = (await ask("GET /stats")).body;
    expect(points).toMatchObject([{ requests: 1, errors: 0, cost_usd: logged.body.cost_usd }]);
    const { providers } = (await ask("GET /health")).body;
    expect(providers).toMatchObject([{ id: "here", credential_state: "none" }]);
    for (const text of [told, logged.text]) expect(text).not.toContain("planted");
  });

  test("a request that is simulated reaches nobody", async () => {
    const before = gateway.upstream.requests.length;
    const { body } = await ask("POST /routing/simulate", { body: { request: ASKED } });
    expect(body.candidates).toMatchObject([{ model: "cheap", provider: "here", eligible: true }]);
    expect(gateway.upstream.requests).toHaveLength(before);
  });
});
