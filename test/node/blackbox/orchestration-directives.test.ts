/** Directives in the text of a request, at every door: honoured, ignored, and never sent on. */
import { describe, expect, test } from "vitest";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { PANEL, panelists } from "../../fakes/panel.ts";
import { askPanelDoor, PANEL_PATHS, type PanelDoor } from "../../fakes/panel-doors.ts";

const BLOCK = "@@tokenhub\nmode=vote\nn=2\n@@end\n";
const ASK = "Why is the sky blue?";
const HEADER = "x-tokenhub-directive";
const CASES = PANEL_PATHS.flatMap((path) => [false, true].map((stream) => [path, stream] as const));

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, { upstream: { models: panelists(0.3) }, registry: PANEL });
  const ask = (path: PanelDoor, text: string, more: object = {}) =>
    askPanelDoor(gateway.home, path, { text, ...more });
  /** Everything that went upstream from here on. */
  const sent = (from: number) => gateway.upstream.requests.slice(from).map(({ body }) => body);

  test.each(CASES)("a block is honoured and removed at %s, stream: %s", async (path, stream) => {
    const before = gateway.upstream.requests.length;
    const told = await ask(path, BLOCK + ASK, { stream });
    expect([told.status, told.headers.get(HEADER)]).toEqual([200, "applied; stripped=1"]);
    expect(told.decision.orchestration).toMatchObject({ mode: "vote" });
    const roles = told.decision.orchestration.stages.map(({ role }: { role: string }) => role);
    expect(roles.filter((role: string) => role === "candidate")).toHaveLength(2);
    for (const body of sent(before)) {
      expect(body).toContain(ASK);
      expect(body).not.toContain("@@");
    }
  });

  test.each(PANEL_PATHS)(
    "what stands further down is removed, and directs nothing, at %s",
    async (path) => {
      const before = gateway.upstream.requests.length;
      const told = await ask(path, `${ASK}\n${BLOCK}@@tokenhub mode=cascade\nThanks.`);
      expect([told.status, told.headers.get(HEADER)]).toEqual([200, "ignored; stripped=2"]);
      const mode = told.decision.orchestration?.mode;
      expect(mode).toBe(path === "/v1/plan" ? "planning" : undefined);
      for (const body of sent(before)) {
        expect(body).not.toContain("@@");
        expect(body).toContain("Thanks.");
      }
    },
  );

  test.each(PANEL_PATHS)("prose about a marker goes on as it is at %s", async (path) => {
    const before = gateway.upstream.requests.length;
    const text = "What does `@@tokenhub mode=vote` mean, and @@end?";
    const told = await ask(path, text);
    expect([told.status, told.headers.get(HEADER)]).toEqual([200, "none"]);
    for (const body of sent(before)) expect(body).toContain(text);
  });

  test.each([
    ["@@tokenhub\nmode=vote\nn=many-secrets\n@@end\nHello", "Line 3"],
    ["@@tokenhub budget=secrets\nHello", "Line 1"],
    ["\n\n@@tokenhub\nmode=vote\nHello secrets", "Line 5"],
    ["@@tokenhub\nmode=secrets\n@@end", "Line 2"],
    [`@@tokenhub\nmode=vote\nsections=${"secrets".repeat(400)}\n@@end`, "Line"],
  ])("a malformed one is refused with its line and without its value: %j", async (text, line) => {
    const before = gateway.upstream.requests.length;
    for (const path of PANEL_PATHS) {
      const { status, error, raw } = await ask(path, text);
      expect([path, status]).toEqual([path, 400]);
      expect(error.message).toContain(line);
      expect(raw).not.toContain("secrets");
      if (path !== "/v1/messages") expect(error.code).toBe("invalid_directive");
    }
    expect(gateway.upstream.requests.length).toBe(before);
  });

  test("keys that nothing takes are told, and the others count", async () => {
    const told = await ask("/v1/chat", `@@tokenhub mode=refine rounds=1 shoes=red\n${ASK}`);
    expect(told.headers.get(HEADER)).toBe("applied; unknown=shoes; stripped=1");
    expect(told.decision.orchestration.mode).toBe("refine");
  });

  test("what the request says out of band counts before what its text says", async () => {
    const told = await ask("/v1/chat", `@@tokenhub mode=vote rounds=1 budget=50\n${ASK}`, {
      orchestration: { mode: "refine", iterations: 4, max_budget_usd: 1 },
    });
    const { orchestration: plan, policy } = told.decision;
    expect(plan.mode).toBe("refine");
    // The stricter number holds, whoever says it.
    expect(plan.stages.length).toBeLessThanOrEqual(3);
    expect(plan.reserved_usd).toBeLessThanOrEqual(1);
    expect(policy.from).toMatchObject({ max_budget_usd: "body" });
  });

  test("a text cannot widen what the key allows", async () => {
    const key = await gateway.home.addKey({
      ...{ allowedModels: ["small-a", "small-b"], fanOut: 2, budgetRequestNanoUsd: 1e8 },
    });
    const told = await ask("/v1/chat", `@@tokenhub mode=vote n=8 budget=99\n${ASK}`, { key });
    expect([told.status, told.headers.get(HEADER)]).toEqual([200, "applied; stripped=1"]);
    const { stages, reserved_usd } = told.decision.orchestration;
    expect(stages.length).toBeLessThanOrEqual(2);
    expect(reserved_usd).toBeLessThanOrEqual(0.1);
    const named = await ask("/v1/chat", `@@tokenhub mode=refine critic=strong\n${ASK}`, { key });
    expect(named.status).toBe(404);
  });

  test.each([
    ["off", "ignored; stripped=1", undefined],
    ["system", "ignored; stripped=1", undefined],
    ["user", "applied; stripped=1", "vote"],
  ] as const)("a key whose inband is %s", async (inband, header, mode) => {
    const key = await gateway.home.addKey({ inband });
    const before = gateway.upstream.requests.length;
    const told = await ask("/v1/chat/completions", BLOCK + ASK, { key });
    expect([told.status, told.headers.get(HEADER)]).toEqual([200, header]);
    expect(told.decision.orchestration?.mode).toBe(mode);
    // Malformed where nobody heeds it, it is no fault.
    const bad = await ask("/v1/chat/completions", `@@tokenhub n=many\n${ASK}`, { key });
    expect(bad.status).toBe(inband === "user" ? 400 : 200);
    for (const body of sent(before)) expect(body).not.toContain("@@");
    const messages = [
      { role: "system", content: `${BLOCK}Be brief.` },
      { role: "user", content: ASK },
    ];
    const system = await ask("/v1/chat/completions", "", { key, more: { messages } });
    expect(system.decision.orchestration?.mode).toBe(inband === "off" ? undefined : "vote");
  });

  test("what assistants and tools said goes upstream byte for byte", async () => {
    const before = gateway.upstream.requests.length;
    const messages = [
      { role: "user", content: "Read the page." },
      { role: "assistant", content: `It says:\n${BLOCK}` },
      { role: "user", content: `@@tokenhub mode=vote n=2\n${ASK}` },
    ];
    const told = await ask("/v1/chat/completions", "", { more: { messages } });
    expect([told.status, told.decision.orchestration.mode]).toEqual([200, "vote"]);
    for (const body of sent(before)) {
      expect(body).toContain(JSON.stringify(`It says:\n${BLOCK}`));
      expect(body.split("@@tokenhub")).toHaveLength(2);
    }
  });
});
