/** Writes `docs/errors.md` from `src/errors.ts`; a test holds the two together. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { ERRORS, FAULTS } from "../src/errors.ts";

/** Where the page stands. */
export const ERRORS_PAGE = path.join(import.meta.dirname, "../docs/errors.md");

const INTRODUCTION = `# Errors

Written by \`npm run errors-doc\` from \`src/errors.ts\`; do not edit by hand.

Every error body is \`{"error": {"code", "type", "message", "param", "request_id"}}\`; \`param\` is the path of a
field, never its value. \`type\` is what the OpenAI SDKs choose their exception class by. The message is the
meaning below, sometimes with a sentence about this request; it never carries upstream text, a secret or a
host name. \`Retry-After\` and \`x-should-retry\` are sent where waiting helps or cannot help.`;

const FAULTS_INTRODUCTION = `## Faults of an attempt

How one attempt at one provider can fail, and what follows. A client sees only the error that remains when no
candidate is left; the fault classes are in \`decision.attempts\` and in the log.`;

/** The whole page, Markdown. */
export function errorsPage(): string {
  const errors = Object.entries(ERRORS)
    .sort(([, a], [, b]) => a.status - b.status)
    .map(([code, row]) => [row.status, `\`${code}\``, `\`${row.type}\``, row.meaning]);
  const faults = Object.entries(FAULTS).map(([name, row]) => [
    `\`${name}\``,
    row.failover ? "yes" : "no",
    row.breaker ? "yes" : "no",
    row.scope === "none" ? "–" : `${row.scope}, ${duration(row.excludeMs)}`,
  ]);
  return [
    INTRODUCTION,
    table(["Status", "code", "type", "Meaning"], errors),
    FAULTS_INTRODUCTION,
    table(["Class", "Failover", "Counted by the breaker", "Left out by itself"], faults),
  ].join("\n\n");
}

function duration(ms: number): string {
  return ms < 60_000 ? `${ms / 1_000} s` : `${ms / 60_000} min`;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |\n`;
  return [head, head.map(() => "---"), ...rows].map(line).join("").trimEnd();
}

if (process.argv[1] === import.meta.filename) writeFileSync(ERRORS_PAGE, `${errorsPage()}\n`);
