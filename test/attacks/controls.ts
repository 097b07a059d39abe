/**
 * Switches off one control for each section of the table, in a copy of the repository, and wants the tests of the
 * rows that it guards to fail: a proof that stays green without its control proves nothing. `npm run test:long` runs it.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ATTACKS } from "./table.ts";

const ROOT = path.join(import.meta.dirname, "../..");
/** What the tests read; `node_modules` is linked. */
const COPIED = [
  ...["config", "dist", "docs", "durable-objects", "migrations", "scripts", "self-hosted", "src"],
  ...["test", "package.json", "tsconfig.json", "vitest.config.ts", "wrangler.toml"],
];

interface Control {
  /** First and last row of the section. */
  readonly section: readonly [first: number, last: number];
  readonly what: string;
  readonly file: string;
  /** Is there exactly once. */
  readonly from: string;
  readonly to: string;
  /** Rows that must go red. */
  readonly rows: readonly number[];
}

const CONTROLS: readonly Control[] = [
  {
    section: [1, 16],
    what: "the bound of headers",
    file: "self-hosted/serve.ts",
    from: "maxHeaderSize: 16 * 1024",
    to: "maxHeaderSize: 64 * 1024",
    rows: [4],
  },
  {
    section: [17, 34],
    what: "the bound of depth",
    file: "src/limits.ts",
    from: "jsonDepthMax: 64",
    to: "jsonDepthMax: 1_000_000",
    rows: [29, 34],
  },
  {
    section: [35, 50],
    what: "the end of a revoked key",
    file: "src/routes/auth.ts",
    from: "record.revokedAtMs !== undefined || ",
    to: "",
    rows: [39],
  },
  {
    section: [51, 66],
    what: "the removal of directives",
    file: "src/directive.ts",
    from: "if (!hasMarker(text)) return { text, count: 0 };",
    to: "if (text.length > 0) return { text, count: 0 };",
    rows: [51, 52, 54],
  },
  {
    section: [67, 88],
    what: "what binds a secret to its provider",
    file: "src/vault/data-key.ts",
    from: "const where = [vaultId, dekId, providerId, id, label, origin, String(sealVersion)];",
    to: "const where = [vaultId, dekId];",
    rows: [76],
  },
  {
    section: [89, 100],
    what: "the refusal to follow",
    file: "src/edge/send.ts",
    from: 'redirect: "manual"',
    to: 'redirect: "follow"',
    rows: [94],
  },
  {
    section: [101, 120],
    what: "the bound of events that are no JSON",
    file: "src/limits.ts",
    from: "badEventsMax: 3",
    to: "badEventsMax: 1_000_000",
    rows: [114],
  },
  {
    section: [121, 135],
    what: "the mark of a hold that was settled",
    file: "src/purse.ts",
    from: "mine.isSettled = true;",
    to: "",
    rows: [123],
  },
  {
    section: [136, 143],
    what: "the refusal of other origins",
    file: "src/routes/admin/guard.ts",
    from: 'if (!isOwn || !isJson) throw new TokenhubError("forbidden_origin");',
    to: "",
    rows: [137],
  },
  {
    section: [145, 150],
    what: "the one transaction of a change and its entry",
    file: "src/store/audited.ts",
    from: "const [written] = await sql.batch([entry, ...changes]);",
    to: "const [written] = await sql.batch([entry]); await sql.batch(changes);",
    rows: [146],
  },
];

/** Files and names that prove this row, as far as they are run by themselves. */
function proofOf(row: number): readonly (readonly [file: string, name: string])[] {
  const proof = ATTACKS.find((attack) => attack.row === row)?.proof ?? [];
  return "absent" in proof ? [] : proof.filter(([file]) => file.endsWith(".test.ts"));
}

/** A name in the table, its placeholders standing for anything. */
function patternOf(name: string): string {
  const parts = name.split(/%[sdj]|\$\w+/);
  return parts.map((part) => part.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&")).join(".*");
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

/** Titles of the tests of these rows that fail in this copy. */
function failing(copy: string, rows: readonly number[]): readonly string[] {
  const proofs = rows.flatMap(proofOf);
  const report = path.join(copy, "report.json");
  const files = new Set(proofs.map(([file]) => file));
  const names = proofs.map(([, name]) => patternOf(name)).join("|");
  const output = ["--reporter=json", `--outputFile=${report}`];
  const args = ["node_modules/vitest/vitest.mjs", "run", ...files, "-t", names, ...output];
  const { stderr } = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8" });
  let told: Report;
  try {
    told = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    throw new Error(`Nothing was run: ${stderr}`);
  }
  rmSync(report);
  const all = told.testResults.flatMap(({ assertionResults }) => assertionResults);
  return all.filter(({ status }) => status === "failed").map(({ title }) => title);
}

/** Rows that stay green without their control. */
function greenRows(copy: string, { file, from, to, rows }: Control): readonly number[] {
  const place = path.join(copy, file);
  const text = readFileSync(place, "utf8");
  if (text.split(from).length !== 2) throw new Error(`${file} does not hold once: ${from}`);
  writeFileSync(place, text.replace(from, to));
  const red = failing(copy, rows);
  writeFileSync(place, text);
  return rows.filter((row) => {
    const patterns = proofOf(row).map(([, name]) => new RegExp(`^${patternOf(name)}$`));
    return !red.some((title) => patterns.some((pattern) => pattern.test(title)));
  });
}

function isProven(row: number): boolean {
  return proofOf(row).length > 0;
}

/** Sections whose first row that is proven has no control here. */
function unguarded(): readonly number[] {
  const guarded = ({ row }: { row: number }) =>
    CONTROLS.some(({ section: [first, last] }) => row >= first && row <= last);
  return ATTACKS.filter((attack) => isProven(attack.row) && !guarded(attack)).map(({ row }) => row);
}

function main(): number {
  let failures = 0;
  const copy = mkdtempSync(path.join(tmpdir(), "tokenhub-controls-"));
  try {
    for (const name of COPIED) {
      cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true });
    }
    symlinkSync(path.join(ROOT, "node_modules"), path.join(copy, "node_modules"));
    for (const control of CONTROLS) {
      const green = greenRows(copy, control);
      failures += green.length;
      const told = green.length > 0 ? `row ${green.join(", ")} stays green` : "red, as it must be";
      console.log(`without ${control.what} (row ${control.rows.join(", ")}): ${told}`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  const rows = unguarded();
  if (rows.length > 0) console.log(`rows ${rows.join(", ")} are proven, but no control is tried`);
  return failures + rows.length;
}

process.exitCode = main() > 0 ? 1 : 0;
