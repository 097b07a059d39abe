/** The client's tools in an orchestration: the final stage alone has them, and its call reaches the client. */
import { describe, expect, test } from "vitest";
import { eventsOf } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { PANEL, panelists } from "../../fakes/panel.ts";
import { askPanelDoor, PANEL_PATHS } from "../../fakes/panel-doors.ts";

const TOOL = "weather";
/** Mode → whether each stage, in the order of asking, is given the tools. */
const MODES = {
  planning: [true],
  adversarial: [false, false, true],
  refine: [false, false, true],
  mixture: [false, false, true],
  cascade: [false, false, true],
};
const CASES = Object.entries(MODES).flatMap(([mode, given]) =>
  PANEL_PATHS.flatMap((path) => [false, true].map((stream) => ({ mode, path, stream, given }))),
);
const NAMES = {
  ...{ primary_model_id: "author", review_model_id: "critic" },
  ...{ candidate_model_ids: ["small-a", "small-b"], iterations: 1 },
};

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, { upstream: { models: panelists(0.3) }, registry: PANEL });
  const given = (from: number) =>
    gateway.upstream.requests.slice(from).map(({ body }) => body.includes(TOOL));

  test.each(CASES)("$mode at $path, stream: $stream", async ({ mode, path, stream, ...one }) => {
    const before = gateway.upstream.requests.length;
    const orchestration = { mode, ...NAMES };
    const told = await askPanelDoor(gateway.home, path, { orchestration, stream, tool: TOOL });
    expect([told.status, told.error]).toEqual([200, undefined]);
    expect(given(before)).toEqual(one.given);
    expect(told.text ?? "").toBe("");
    const events = stream ? eventsOf(told.raw).filter(({ name }) => name !== "comment") : [];
    const answer = stream ? events.map(({ data }) => data).join("\n") : told.raw;
    expect(answer).toContain(`"${TOOL}"`);
    expect(answer).toContain("Oslo");
    expect(answer).toMatch(/tool_calls|tool_use|function_call/);
  });

  test("a vote is held without tools, and its winner calls none", async () => {
    const before = gateway.upstream.requests.length;
    const told = await askPanelDoor(gateway.home, "/v1/chat", {
      orchestration: { mode: "vote", ...NAMES },
      tool: TOOL,
    });
    expect(told.status).toBe(200);
    expect(told.text).toContain("These are the words of");
    expect(given(before)).not.toContain(true);
  });

  test("a critic who is satisfied ends with the plan, without a call", async () => {
    const told = await askPanelDoor(gateway.home, "/v1/messages", {
      orchestration: { mode: "adversarial", ...NAMES, stop_when: { critic_score: 0.2 } },
      ...{ stream: true, tool: TOOL },
    });
    expect(told.text).toBe("These are the words of author, at length.");
    const stops = eventsOf(told.raw).filter(({ name }) => name === "message_stop");
    expect(stops).toHaveLength(1);
    expect(told.raw).toContain('"stop_reason":"end_turn"');
  });
});
