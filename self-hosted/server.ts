/** The self-hosted shell's entry: settings in, server up, until a signal ends it. */
import type { Gateway } from "../src/isolate.ts";
import { LIMITS } from "../src/limits.ts";
import { MODES } from "../src/policies/index.ts";
import { readSettings } from "../src/settings.ts";
import { applyConfig, readConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { curlOf } from "./quick-start.ts";
import { type Running, startServer } from "./serve.ts";

main().catch((error: unknown) => {
  // Setup errors are sentences for the operator; anything else is a fault of ours and shows its origin.
  const told = error instanceof Error && !OURS.has(error.name);
  console.error(told ? `tokenhub: ${error.message}` : error);
  process.exit(2);
});

async function main(): Promise<void> {
  const { settings, problems, unknown } = readSettings(process.env, { modes: MODES });
  if (problems.length > 0) {
    for (const { name, message } of problems) console.error(`tokenhub: ${name} ${message}.`);
    process.exit(2);
  }
  const config = readConfig(settings);
  const log = createLog({
    level: applyConfig(settings, config).logLevel ?? "info",
    format: settings.logFormat ?? (process.stdout.isTTY ? "pretty" : "json"),
  });
  for (const { name, nearest } of unknown) {
    log({ type: "setting-unknown", level: "warn", name, nearest });
  }
  const running = await startServer({ settings, config, limits: LIMITS, log });
  if (running.quick?.key) greet(running, running.quick.key);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      void running.stop().then(() => process.exit(0));
    });
  }
}

/** Names of errors that mean a bug, not a wrong setup. */
const OURS: ReadonlySet<string> = new Set(["TypeError", "ReferenceError", "RangeError"]);

function greet({ url, quick, gateway }: Running, key: string): void {
  const lines = [
    "",
    `Tokenhub answers at ${url}`,
    `Your first key, shown this once and kept in ${quick?.file}:`,
    `  ${key}`,
    ...(isSimulated(gateway) ? [SIMULATED] : []),
    "Try it:",
    `  ${curlOf(url, key)}`,
    "",
  ];
  console.log(lines.join("\n"));
}

const SIMULATED =
  "No provider is configured: a simulated one answers. Set OPENAI_API_KEY or write config/config.yaml.";

function isSimulated(gateway: Gateway): boolean {
  return gateway.snapshot.catalog().providers.has("simulated");
}
