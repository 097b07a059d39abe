/**
 * The first step of every npm script: `node scripts/run.mjs TASK [arguments]`. Plain JavaScript without
 * dependencies, because it runs before anything is installed and on a system Node as old as 20. It installs
 * what is missing, finds a Node that runs TypeScript as it is, and hands the task to it.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const WINDOWS = process.platform === "win32";

/** From here on Node strips types by itself. */
const NODE_MIN = [22, 18];

/** Type stripping and node:sqlite are announced as experimental at every start; nobody can act on it. */
const TYPESCRIPT = ["--disable-warning=ExperimentalWarning"];
/** `.env` says what the environment does not; Node would tell of a missing one at every start. */
const ENV_FILE = existsSync(path.join(ROOT, ".env")) ? ["--env-file=.env"] : [];
/** Without npm's warnings about the system's Node, which runs nothing but this script. */
const QUIET = ["--no-audit", "--no-fund", "--loglevel=error"];
const VITEST = ["node_modules/vitest/vitest.mjs", "run"];
const WRANGLER = ["node_modules/wrangler/bin/wrangler.js"];
const TSC = "node_modules/typescript/bin/tsc";
/** Builds the admin page; silent unless it fails. */
const PAGE = [
  ...["node_modules/vite/bin/vite.js", "build", "--config", "src/admin/vite.config.ts"],
  ...["--logLevel", "warn"],
];
/** What the page is made from, and the file by which its age is told. */
const PAGE_SOURCES = ["src/admin", "package-lock.json"];
const PAGE_BUILT = "dist/admin/index.html";

/**
 * Task → the steps it takes, each the arguments of one Node process; the caller's own go to the last.
 * `page`: the admin page is built before them when it is older than its sources.
 */
export const TASKS = {
  start: {
    page: true,
    env: { TOKENHUB_START: "npm" },
    steps: [[...TYPESCRIPT, ...ENV_FILE, "self-hosted/server.ts"]],
  },
  tokenhub: { env: {}, steps: [[...TYPESCRIPT, ...ENV_FILE, "self-hosted/cli.ts"]] },
  test: { page: true, env: { NODE_ENV: "test" }, steps: [VITEST] },
  "test:long": {
    page: true,
    env: { NODE_ENV: "test", TOKENHUB_LONG: "1" },
    steps: [[...TYPESCRIPT, "test/attacks/controls.ts"], VITEST],
  },
  check: {
    page: true,
    env: { NODE_ENV: "test" },
    steps: [
      ["node_modules/@biomejs/biome/bin/biome", "ci"],
      [TSC, "-p", "."],
      [TSC, "-p", "src/admin"],
      VITEST,
    ],
  },
  dev: { page: true, env: { NODE_ENV: "development" }, steps: [[...WRANGLER, "dev"]] },
  deploy: {
    page: true,
    env: {},
    steps: [
      [...WRANGLER, "d1", "migrations", "apply", "DB", "--remote"],
      [...WRANGLER, "deploy"],
    ],
  },
  page: { env: {}, steps: [PAGE] },
  bench: { env: {}, steps: [[...TYPESCRIPT, "bench/index.ts"]] },
  "bench:orchestration": { env: {}, steps: [[...TYPESCRIPT, "bench/orchestration.ts"]] },
  "try:real": { env: {}, steps: [[...TYPESCRIPT, "scripts/try-real.ts"]] },
  migrations: { env: {}, steps: [["node_modules/drizzle-kit/bin.cjs", "generate"]] },
  "price-list": { env: {}, steps: [[...TYPESCRIPT, "scripts/price-list.ts"]] },
  "errors-doc": { env: {}, steps: [[...TYPESCRIPT, "scripts/errors-doc.ts"]] },
  "fields-doc": { env: {}, steps: [[...TYPESCRIPT, "scripts/fields-doc.ts"]] },
};

/**
 * Paths of packages that `package-lock.json` asks for and npm's own record of what is installed
 * (`node_modules/.package-lock.json`) lacks or holds in another version. Optional ones may be absent: they
 * belong to other platforms.
 */
export function missingPackages(lock, installed) {
  return Object.entries(lock.packages).flatMap(([at, wanted]) => {
    const found = installed.packages[at];
    if (at === "" || (!found && (wanted.optional || wanted.devOptional))) return [];
    const same = found?.version === wanted.version && found?.integrity === wanted.integrity;
    return same ? [] : [at];
  });
}

/** Is this `process.versions.node` new enough to run TypeScript? undefined is not. */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = (version ?? "").split(".").map(Number);
  return major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]);
}

/** When this file, or anything below this folder, was changed last (Unix milliseconds); a missing one: never. */
export function changedAtMs(at) {
  const found = statSync(at, { throwIfNoEntry: false });
  if (!found) return 0;
  const inside = found.isDirectory() ? readdirSync(at).map((name) => path.join(at, name)) : [];
  return Math.max(found.mtimeMs, ...inside.map(changedAtMs));
}

function isPageStale() {
  const [built, ...sources] = [PAGE_BUILT, ...PAGE_SOURCES].map((at) =>
    changedAtMs(path.join(ROOT, at)),
  );
  return Math.max(...sources) > built;
}

function readJson(at) {
  const file = path.join(ROOT, at);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

function npm(args) {
  // npm is a shell script on Windows, and Node starts those through a shell only.
  const options = { cwd: ROOT, stdio: "inherit", shell: WINDOWS };
  const { status, error } = spawnSync("npm", args, options);
  if (status !== 0) fail(`"npm ${args.join(" ")}" failed${error ? `: ${error.message}` : ""}.`);
}

function install() {
  const lock = readJson("package-lock.json");
  const installed = readJson("node_modules/.package-lock.json") ?? { packages: {} };
  if (missingPackages(lock, installed).length === 0) return;
  console.error("tokenhub: installing what package-lock.json lists (npm ci) …");
  // NODE_ENV=production would leave out the Node that this script looks for.
  npm(["ci", "--include=dev", ...QUIET]);
}

/** The package that carries Node's binary for this platform, as the package `node` names it. */
function platformPackage() {
  const { platform, arch } = process;
  const prefix = platform === "darwin" && arch === "arm64" ? "node-bin" : "node";
  return `${prefix}-${WINDOWS ? "win" : platform}-${arch}`;
}

function installedNode() {
  const binary = WINDOWS ? "node.exe" : "node";
  return ["node", platformPackage()]
    .map((name) => path.join(ROOT, "node_modules", name, "bin", binary))
    .find((file) => isNewEnough(versionOf(file)));
}

function versionOf(file) {
  if (!existsSync(file)) return undefined;
  const { status, stdout } = spawnSync(file, ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim().replace(/^v/, "") : undefined;
}

function findNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const found = installedNode();
  if (found) return found;
  // npm may be told to skip install scripts; then the package `node` is there without its binary.
  const version = readJson("node_modules/node/package.json")?.version;
  if (version) npm(["install", "--no-save", ...QUIET, `${platformPackage()}@${version}`]);
  return (
    installedNode() ??
    fail(
      `Node ${NODE_MIN.join(".")} or newer is needed; this one is ${process.versions.node} and npm could ` +
        "not install another. Get one from https://nodejs.org and run the same command again.",
    )
  );
}

function fail(message) {
  console.error(`tokenhub: ${message}`);
  process.exit(1);
}

/** Runs one Node process to its end; answers its exit code, or the signal that ended it. */
function runStep(node, args, env) {
  return new Promise((resolve) => {
    const child = spawn(node, args, { cwd: ROOT, stdio: "inherit", env });
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.removeAllListeners(signal);
      process.on(signal, () => {
        // A terminal sends Ctrl-C to both processes; a second one would mean "at once" to the gateway.
        if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
      });
    }
    child.on("error", (error) => fail(error.message));
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
}

async function main([name, ...args]) {
  const task = Object.hasOwn(TASKS, name ?? "") ? TASKS[name] : undefined;
  if (!task) fail(`unknown task "${name ?? ""}". There are: ${Object.keys(TASKS).join(", ")}.`);
  install();
  const node = findNode();
  const env = {
    NODE_ENV: "production",
    ...process.env,
    ...task.env,
    WRANGLER_SEND_METRICS: "false",
    // Tools start Node by its name again.
    PATH: [path.dirname(node), process.env.PATH].join(path.delimiter),
  };
  const steps = task.page && isPageStale() ? [PAGE, ...task.steps] : task.steps;
  for (const [index, step] of steps.entries()) {
    const own = index === steps.length - 1 ? args : [];
    const { code, signal } = await runStep(node, [...step, ...own], env);
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
    if (code !== 0) process.exit(code ?? 1);
  }
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2));
}
