/** `background: true` over real HTTP: put away, run, read by its own key alone, cancelled; in both homes. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { askAdmin } from "../../fakes/admin-client.ts";
import { saying } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const PASSWORD = "correct horse battery staple";
const PLAN_TEXT = "# Plan\nDig a canal.";
const VERDICT = JSON.stringify({ score: 0.95, attacks: [], missing: [], cheap_wins: [] });
const FORGET = "The plan is not known, or was forgotten after its day.";

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { plan: { text: PLAN_TEXT }, critic: { text: VERDICT } } },
    registry: {
      providers: [{ id: "here" }],
      models: ["plan", "critic"].map((id) => ({
        ...{ id, provider_id: "here", weight: 8, family: id, max_output_tokens: 500 },
        pricing: { input_per_1k: 0.01, output_per_1k: 0.05 },
      })),
    },
  });
  const ask = async (what: string, body?: object, key = gateway.home.key) => {
    const [method, path] = what.split(" ") as [string, string];
    const response = await fetch(gateway.home.url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: JSON.parse(await response.text()),
    };
  };
  const envelope = (orchestration: object, request: object = {}) => ({
    request: { messages: saying("How do I dig?"), ...request },
    orchestration: { background: true, ...orchestration },
  });
  const adversarial = envelope({
    mode: "adversarial",
    primary_model_id: "plan",
    review_model_id: "critic",
  });
  const ended = (planId: string) =>
    vi.waitFor(
      async () => {
        const told = await ask(`GET /v1/plan/${planId}`);
        expect(told.body.status).not.toMatch(/queued|running/);
        return told;
      },
      { timeout: 15_000, interval: 50 },
    );
  /** The one row of it, as soon as the log has it. */
  const logged = (requestId: string, row: readonly unknown[]) =>
    vi.waitFor(
      async () => {
        const sql = `select "status", "door", "error_code" from "request_log" where "id" = ?`;
        expect(await gateway.home.sql.all({ sql, params: [requestId] })).toEqual([row]);
      },
      { timeout: 15_000, interval: 100 },
    );
  const unlock = () =>
    askAdmin(gateway.home, "POST /vault/unlock", { body: { admin_password: PASSWORD } });

  test("without a vault nothing is put away, and nothing is asked", async () => {
    const told = await ask("POST /v1/plan", adversarial);
    expect([told.status, told.body.error.code]).toEqual([409, "vault_uninitialised"]);
    expect(gateway.upstream.requests).toHaveLength(0);
  });

  describe("with an open vault", () => {
    beforeAll(async () => {
      await askAdmin(gateway.home, "POST /vault/init", { body: { admin_password: PASSWORD } });
      expect((await ask("POST /v1/plan", adversarial)).body.error.code).toBe("vault_sealed");
      expect((await unlock()).status).toBe(200);
    });

    test.each(["/v1/plan", "/v1/chat"])("a plan made at %s is run once and read", async (path) => {
      const before = gateway.upstream.requests.length;
      const made = await ask(`POST ${path}`, adversarial);
      const { plan_id } = made.body;
      expect([made.status, made.body]).toEqual([202, { plan_id, status: "queued" }]);
      expect(made.headers.get("location")).toBe(`/v1/plan/${plan_id}`);
      const { body } = await ended(plan_id);
      expect(body).toMatchObject({ plan_id, status: "done", stages: 2 });
      const { result } = body;
      expect(result.response.choices[0].message.content).toBe(PLAN_TEXT);
      expect(result.request_id).toBe(made.headers.get("x-request-id"));
      const { orchestration, cost_usd } = result.decision;
      expect(orchestration.stages.map(({ role }: { role: string }) => role)).toEqual([
        "planner",
        "critic",
      ]);
      const costs = orchestration.stages.map((one: { cost_usd: number }) => one.cost_usd);
      expect(cost_usd).toBeCloseTo(costs[0] + costs[1], 9);
      expect(gateway.upstream.requests.length - before).toBe(2);
      await logged(result.request_id, [200, path.slice(4), null]);
    });

    test("another key is told the same of it as of a plan that never was", async () => {
      const { plan_id } = (await ask("POST /v1/plan", adversarial)).body;
      const other = await gateway.home.addKey({});
      for (const method of ["GET", "DELETE"]) {
        const foreign = await ask(`${method} /v1/plan/${plan_id}`, undefined, other);
        const unknown = await ask(`${method} /v1/plan/plan_${"0".repeat(26)}`, undefined, other);
        for (const { status, body } of [foreign, unknown]) {
          expect([status, body.error.code]).toEqual([404, "not_found"]);
          expect(body.error.message).toContain(FORGET);
        }
      }
      expect((await ended(plan_id)).body.status).toBe("done");
    });

    test("a cancelled plan's ask is broken off, and it stays cancelled", async () => {
      const index = gateway.upstream.requests.length;
      gateway.upstream.next({ gate: new Promise(() => undefined) });
      const made = await ask("POST /v1/plan", adversarial);
      const { plan_id } = made.body;
      const request = await gateway.upstream.arrived(index);
      const told = await ask(`DELETE /v1/plan/${plan_id}`);
      expect([told.status, told.body]).toMatchObject([200, { plan_id, status: "cancelled" }]);
      await logged(made.headers.get("x-request-id") ?? "", [499, "plan", "client_gone"]);
      // The local runtime of Workers leaves a connection open that was broken off before its answer began.
      if (name === "node") expect(await request.closed).toBe(false);
      expect((await ask(`GET /v1/plan/${plan_id}`)).body).toEqual({
        ...{ plan_id, status: "cancelled", stages: 0 },
      });
    });

    test("a plan that nobody can answer fails with its reason", async () => {
      const fault = { fault: { kind: "reset" } } as const;
      gateway.upstream.next(fault, fault, fault, fault, fault, fault);
      const { plan_id } = (await ask("POST /v1/plan", adversarial)).body;
      const { body } = await ended(plan_id);
      expect(body).toMatchObject({ status: "failed", error: { code: "upstream_error" } });
    });

    test.each([
      ["no orchestration", "/v1/chat", envelope({}), "orchestration.background"],
      ["a stream", "/v1/plan", envelope({}, { stream: true }), "request.stream"],
    ])("%s is refused", async (_what, path, body, param) => {
      const told = await ask(`POST ${path}`, body);
      expect([told.status, told.body.error]).toMatchObject([400, { code: "invalid_value", param }]);
    });

    test("the other dialects do not know the word", async () => {
      const tokenhub = { orchestration: { mode: "planning", background: true } };
      const body = { model: "plan", messages: saying("Hello?"), tokenhub };
      const told = await ask("POST /v1/chat/completions", body);
      expect([told.status, told.body.error]).toMatchObject([400, { code: "invalid_field" }]);
    });
  });
});
