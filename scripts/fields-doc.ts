/** Writes the tables of translation in `docs/API.md` from `src/wire/fields.ts`; a test holds the two together. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Dialect } from "../src/chat.ts";
import { FIELDS, verdict } from "../src/wire/fields.ts";

/** Where the tables stand. */
export const FIELDS_PAGE = path.join(import.meta.dirname, "../docs/API.md");

const START = "<!-- fields:start -->";
const END = "<!-- fields:end -->";

const NAMES = {
  openai: "Chat",
  anthropic: "Messages",
  responses: "Responses",
} as const satisfies Partial<Record<Dialect, string>>;
const DIALECTS = ["openai", "anthropic", "responses"] as const;
const PAIRS = DIALECTS.flatMap((from) =>
  DIALECTS.flatMap((to) => (from === to ? [] : [{ from, to }])),
);

/** The section between its marks, marks included. */
export function fieldsSection(): string {
  const paths = FIELDS.map((row) => [
    row.name,
    ...DIALECTS.map((dialect) => (row.paths[dialect] ? `\`${row.paths[dialect]}\`` : "–")),
  ]);
  const verdicts = FIELDS.map((row) => [
    row.name,
    ...PAIRS.map((pair) => {
      const said = verdict(row, pair);
      const how = said === "mapped" ? row.mapped?.[pair.to] : undefined;
      return how === undefined ? said : `${said}: ${how}`;
    }),
  ]);
  const pairNames = PAIRS.map(({ from, to }) => `${NAMES[from]} → ${NAMES[to]}`);
  return [
    START,
    table(["Field", ...pairNames], verdicts),
    "Where each field stands in the client's request; errors and headers name it so:",
    table(["Field", ...DIALECTS.map((dialect) => NAMES[dialect])], paths),
    END,
  ].join("\n\n");
}

/** The page with its section written anew. @throws Error when the page has no marks. */
export function withFields(page: string): string {
  const from = page.indexOf(START);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error(`${FIELDS_PAGE} has no ${START} … ${END}`);
  return page.slice(0, from) + fieldsSection() + page.slice(to + END.length);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return [head, head.map(() => "---"), ...rows].map(line).join("").trimEnd();
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(FIELDS_PAGE, withFields(readFileSync(FIELDS_PAGE, "utf8")));
}
