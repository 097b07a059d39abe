/** The tables of docs/ORCHESTRATION_DSL.md say what the code does: every key, and what comes of every text. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { firstDirective } from "../../src/directive.ts";
import { readPairs } from "../../src/directive-keys.ts";
import { ORCHESTRATIONS } from "../../src/modes/index.ts";
import type { Mode } from "../../src/modes/mode.ts";
import { resolveOrchestration } from "../../src/orchestration.ts";
import { DIRECTIVE_KEYS, orchestrationShape } from "../../src/routes/control.ts";
import { SIMULATED_REGISTRY } from "../../src/simulated-registry.ts";
import type { ErrorTold } from "../fakes/client.ts";
import { ROOT } from "../fakes/documents.ts";
import { HOMES, type Home } from "../fakes/homes.ts";

const PAGE = readFileSync(path.join(ROOT, "docs/ORCHESTRATION_DSL.md"), "utf8");

/** Cells of the rows between two marks, without the head. */
function rowsBetween(mark: string): readonly string[][] {
  const part = PAGE.split(`<!-- ${mark}:start -->`)[1]?.split(`<!-- ${mark}:end -->`)[0] ?? "";
  const lines = part.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(1).map((line) => line.slice(2, -2).split(/ ?\| /));
}

/** What stands in a code span; "" where there is none. */
const code = (cell = "") => /`([^`]+)`/.exec(cell)?.[1] ?? "";
const sayingsOf = (line: string) =>
  readPairs(firstDirective([line]) ?? [], { keys: DIRECTIVE_KEYS, unknown: new Set() });

describe("keys", () => {
  const rows = rowsBetween("keys").map((cells) => cells.map(code));

  test("are those of the code", () => {
    expect(rows.map(([key]) => key).sort()).toEqual([...DIRECTIVE_KEYS.slots.keys()].sort());
  });

  test.each(rows)("%s, in short: %s", (key = "", short = "", _, example = "") => {
    expect([...sayingsOf(`@@tokenhub ${example}`).keys()]).toEqual([key]);
    const value = example.slice(example.indexOf("="));
    for (const name of [key, short].filter((one) => one !== "")) {
      expect([...sayingsOf(`@@tokenhub ${name}${value}`).keys()]).toEqual([key]);
    }
  });

  test("there are eight short forms", () => {
    expect(rows.filter(([, short]) => short !== "").length).toBe(8);
  });
});

describe("what comes of a text", () => {
  let home: Home;
  beforeAll(async () => {
    home = await HOMES.node({ rows: SIMULATED_REGISTRY });
  });
  afterAll(() => home?.stop());

  test.each(rowsBetween("cases").map(([text, told]) => [code(text), told] as const))(
    "%s",
    async (text, told = "") => {
      const content = text.replaceAll("⏎", "\n");
      const response = await fetch(`${home.url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${home.key}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "tokenhub/auto", messages: [{ role: "user", content }] }),
      });
      if (told.startsWith("400")) {
        const { error } = (await response.json()) as { error: ErrorTold };
        expect([response.status, error.code]).toEqual([400, "invalid_directive"]);
        expect(error.message).toContain(code(told));
      } else {
        expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
        expect(response.headers.get("x-tokenhub-directive")).toBe(code(told));
      }
    },
  );
});

describe("the page names", () => {
  test("every mode in its table", () => {
    const named = [
      ...PAGE.matchAll(/^\| `(\w+)` \|.*\| \d.* \|$|^\| `(\w+)` \|.*candidates.*\|$/gm),
    ];
    const modes = named.map((match) => match[1] ?? match[2]);
    expect(modes).toEqual(expect.arrayContaining(Object.keys(ORCHESTRATIONS)));
  });

  test.each(Object.entries<Mode>(ORCHESTRATIONS))(
    "what is given up of %s, in order",
    (name, mode) => {
      const steps: string[] = [];
      let cheaper = mode.trim(resolveOrchestration(name, [{ iterations: 3, candidates: 4 }]));
      while (cheaper) {
        steps.push(cheaper.trimmed);
        cheaper = mode.trim(cheaper.options);
      }
      const rows = PAGE.split("| Mode | Steps in order |")[1]?.split("\n");
      const told = rows?.find((line) => line.includes(`\`${name}\``))?.split("|")[2] ?? "";
      expect([...told.matchAll(/`(\w+)`/g)].map((match) => match[1])).toEqual([...new Set(steps)]);
    },
  );

  test("every option of an orchestration", () => {
    const options = Object.keys(orchestrationShape.shape);
    expect(options.filter((name) => !PAGE.includes(`\`${name}`))).toEqual([]);
  });

  test("ten examples at least", () => {
    expect(PAGE.match(/^```sh\ncurl /gm)?.length).toBeGreaterThanOrEqual(10);
  });
});
