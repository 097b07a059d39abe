/** Every mode at every door, whole and streamed, in both homes: one answer, its stages, and totals that add up. */
import { describe, expect, test } from "vitest";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { PANEL, panelists } from "../../fakes/panel.ts";
import { askPanelDoor, PANEL_PATHS } from "../../fakes/panel-doors.ts";

const by = (id: string) => `These are the words of ${id}, at length.`;
const NAMES = {
  primary_model_id: "author",
  review_model_id: "critic",
  candidate_model_ids: ["small-a", "author", "small-b"],
};
const JUDGED = ["candidate", "candidate", "candidate"];

/** Mode → what it came to: whose words, and the roles in the order of asking. */
const MODES = {
  planning: { whose: "author", roles: ["planner"] },
  adversarial: {
    whose: "author",
    roles: ["planner", "critic", "reviser"],
    asked: { iterations: 1 },
  },
  refine: { whose: "author", roles: ["answerer", "critic", "reviser"], asked: { iterations: 1 } },
  vote: { whose: "author", roles: [...JUDGED, "judge", "judge"] },
  mixture: { whose: "critic", roles: [...JUDGED, "synthesiser"] },
  cascade: { whose: "author", roles: ["candidate", "candidate", "strong"] },
} as const;
const CASES = Object.entries(MODES).flatMap(([mode, one]) =>
  PANEL_PATHS.flatMap((path) =>
    [false, true].map((stream) => ({ mode, path, stream, ...{ asked: {}, ...one } })),
  ),
);

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, { upstream: { models: panelists(0.3) }, registry: PANEL });

  test.each(CASES)("$mode at $path, stream: $stream", async ({ mode, path, stream, ...one }) => {
    const before = gateway.upstream.requests.length;
    const names =
      mode === "cascade" ? { ...NAMES, candidate_model_ids: ["small-a", "small-b"] } : NAMES;
    const orchestration = { mode, ...names, ...one.asked, include_artifacts: true };
    const told = await askPanelDoor(gateway.home, path, { orchestration, stream });
    expect([told.status, told.error]).toEqual([200, undefined]);
    expect(told.text).toBe(by(one.whose));
    const reason = told.headers.get("x-tokenhub-reason");
    expect(reason).toContain(stream && one.roles.length > 1 ? "pending" : `orchestration=${mode}`);

    const { orchestration: plan, cost_usd, usage } = told.decision;
    expect(plan).toMatchObject({ mode, why: expect.any(String) });
    expect(plan).not.toHaveProperty("stopped");
    expect(plan).not.toHaveProperty("trimmed");
    const column = (field: string) => plan.stages.map((stage: never) => stage[field]);
    expect(column("role")).toEqual(one.roles);
    expect(new Set(column("status"))).toEqual(new Set(["ok"]));
    const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
    expect(nano(cost_usd)).toBe(total(column("cost_usd").map(nano)));
    expect(cost_usd).toBeGreaterThan(0);
    expect(usage).toEqual({
      prompt_tokens: total(column("prompt_tokens")),
      completion_tokens: total(column("completion_tokens")),
    });
    expect(gateway.upstream.requests.length - before).toBe(one.roles.length);
    expect(cost_usd).toBeLessThanOrEqual(plan.reserved_usd);

    // What a stage said is in the artifacts as soon as it is whole.
    expect(told.artifacts.why).toBe(plan.why);
    expect(told.artifacts.stages.map(({ role }: { role: string }) => role)).toEqual(
      expect.arrayContaining(one.roles.slice(0, -1)),
    );
    if (stream) {
      const wholes = told.stages.map(({ role }) => role);
      expect(one.roles.slice(0, wholes.length)).toEqual(wholes);
      expect(one.roles.length - wholes.length).toBeLessThanOrEqual(1);
    }
  });

  test.each(Object.entries(MODES).slice(1))("tokenhub/%s is that mode", async (mode, one) => {
    for (const path of PANEL_PATHS.slice(2)) {
      const told = await askPanelDoor(gateway.home, path, { model: `tokenhub/${mode}` });
      expect(told.decision.orchestration.mode).toBe(mode);
      const roles = told.decision.orchestration.stages.map((stage: { role: string }) => stage.role);
      expect(roles[0]).toBe(one.roles[0]);
    }
  });

  test("a plan is made where nothing else is asked for", async () => {
    const told = await askPanelDoor(gateway.home, "/v1/plan");
    expect(told.decision.orchestration).toMatchObject({ mode: "planning" });
    expect(gateway.upstream.requests.at(-1)?.body).toContain("Answer the request with a plan");
  });

  test("the plan alone is answered after its critique when only that is wanted", async () => {
    const told = await askPanelDoor(gateway.home, "/v1/plan", {
      orchestration: { mode: "adversarial", return_plan_only: true },
    });
    const roles = told.decision.orchestration.stages.map((stage: { role: string }) => stage.role);
    expect(roles.at(0)).toBe("planner");
    expect(roles).not.toContain("reviser");
  });

  test("critiques are told with their scores, and nothing of them unless it is asked for", async () => {
    const orchestration = { mode: "adversarial", ...NAMES, iterations: 1 };
    const ask = (include_artifacts: boolean) =>
      askPanelDoor(gateway.home, "/v1/chat", {
        orchestration: { ...orchestration, include_artifacts },
      });
    const told = await ask(true);
    expect(told.artifacts.critiques).toEqual([{ round: 0, score: 0.3, text: "wrong: No budget." }]);
    expect(told.artifacts.stages[0]).toMatchObject({
      role: "planner",
      score: 0.3,
      text: by("author"),
    });
    expect((await ask(false)).raw).not.toContain("artifacts");
  });

  test("the decision is beside a vendor's answer only when it is asked for", async () => {
    const more = { tokenhub: { orchestration: { mode: "planning" } } };
    for (const path of PANEL_PATHS.slice(2)) {
      for (const stream of [false, true]) {
        const told = await askPanelDoor(gateway.home, path, { more, stream });
        expect([told.status, told.decision]).toEqual([200, undefined]);
      }
    }
  });
});

const nano = (usd: number) => Math.round(usd * 1e9);
