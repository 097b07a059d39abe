/** A client that leaves in the middle of a stage: every upstream call of its is broken off, and none follows. */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";
import { PANEL, panelists } from "../../fakes/panel.ts";
import { askPanelDoor, type PanelDoor } from "../../fakes/panel-doors.ts";
import type { Script } from "../../fakes/upstream-script.ts";

const NEVER = new Promise<never>(() => undefined);
const REVISION = /Write the answer anew/;

/** The same model, but to a body like this it never begins to answer. */
function hanging(usual: Script | undefined, at: RegExp): Script {
  let isHung = false;
  return {
    says(body) {
      isHung = at.test(body);
      return usual?.says?.(body) ?? "";
    },
    get gate() {
      return isHung ? NEVER : undefined;
    },
  };
}

/** Mode, who never answers what, and how many requests have arrived by then and stay open. */
const STAGES = [
  { stage: "planning", mode: "planning", who: "author", arrived: 1, open: 1 },
  { stage: "the plan", mode: "adversarial", who: "author", arrived: 1, open: 1 },
  { stage: "the critique", mode: "adversarial", who: "critic", arrived: 2, open: 1 },
  { stage: "the revision", mode: "refine", who: "author", at: REVISION, arrived: 3, open: 1 },
  { stage: "the candidates", mode: "vote", who: "all", arrived: 3, open: 3 },
  { stage: "one candidate", mode: "vote", who: "small-a", arrived: 3, open: 1 },
  { stage: "the judgement", mode: "vote", who: "critic", arrived: 5, open: 2 },
  { stage: "the synthesis", mode: "mixture", who: "critic", arrived: 4, open: 1 },
  { stage: "the pair", mode: "cascade", who: "all", arrived: 2, open: 2 },
  { stage: "the strong answer", mode: "cascade", who: "author", arrived: 3, open: 1 },
] as const;
const DOORS: readonly PanelDoor[] = ["/v1/chat", "/v1/messages"];
const CASES = STAGES.flatMap((one) =>
  DOORS.flatMap((path) => [false, true].map((stream) => ({ ...one, path, stream }))),
);

describe.each(HOME_NAMES)("%s", (name) => {
  const models = panelists(0.3);
  const gateway = useGateway(name, { upstream: { models }, registry: PANEL });
  beforeEach(() => void Object.assign(models, panelists(0.3)));
  const rowsOf499 = async () => {
    const sql = `select count(*) from "request_log" where "status" = 499`;
    return Number((await gateway.home.sql.all({ sql, params: [] }))[0]?.[0]);
  };

  test.each(CASES)(
    "$stage, $path, stream: $stream",
    async ({ mode, path, stream, ...one }) => {
      const before = gateway.upstream.requests.length;
      const hung = one.who === "all" ? ["small-a", "small-b", "author"] : [one.who];
      for (const id of hung) {
        models[id] = "at" in one ? hanging(models[id], one.at) : { gate: NEVER };
      }
      const candidates = ["small-a", "small-b", ...(mode === "cascade" ? [] : ["author"])];
      const client = new AbortController();
      const told = askPanelDoor(gateway.home, path, {
        orchestration: {
          ...{
            mode,
            primary_model_id: "author",
            review_model_id: mode === "refine" ? undefined : "critic",
          },
          candidate_model_ids: candidates,
        },
        stream,
        signal: client.signal,
      }).catch(() => "left");
      await gateway.upstream.arrived(before + one.arrived - 1);
      const asked = gateway.upstream.requests.slice(before);
      client.abort();
      expect(await told).toBe("left");
      // The local runtime of Workers leaves a connection open that was broken off before its answer began.
      if (name === "node") {
        const ends = await Promise.all(asked.map(({ closed }) => closed));
        expect(ends.filter((isWhole) => !isWhole)).toHaveLength(one.open);
      }
      expect(gateway.upstream.requests.length - before).toBe(one.arrived);
    },
    10_000,
  );

  // There a request that is broken off is not always told to the Worker, whatever it asks for.
  test.runIf(name === "node")(
    "each of them is one row of the log",
    async () => {
      await vi.waitFor(async () => expect(await rowsOf499()).toBe(CASES.length), {
        timeout: 15_000,
      });
    },
    20_000,
  );

  test("nothing was asked after any of them", () => {
    const asked = CASES.reduce((sum, { arrived }) => sum + arrived, 0);
    expect(gateway.upstream.requests).toHaveLength(asked);
  });
});
