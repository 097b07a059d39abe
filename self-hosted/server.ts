/** The self-hosted shell's entry: settings in, server up, until a signal ends it. */
import type { Gateway } from "../src/isolate.ts";
import { LIMITS } from "../src/limits.ts";
import { MODES } from "../src/policies/index.ts";
import { secretsOf } from "../src/secret.ts";
import { readSettings } from "../src/settings.ts";
import { applyConfig, readConfig } from "./config.ts";
import { createLog } from "./log.ts";
import { type AdminToken, curlOf, type QuickStart } from "./quick-start.ts";
import { type Running, startServer } from "./serve.ts";

main().catch((error: unknown) => {
  // Setup errors are sentences for the operator; anything else is a fault of ours and shows its origin.
  const told = error instanceof Error && !OURS.has(error.name);
  console.error(told ? error.message.replaceAll(/^/gm, "tokenhub: ") : error);
  process.exit(2);
});

async function main(): Promise<void> {
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === "0") {
    console.error(
      "tokenhub: NODE_TLS_REJECT_UNAUTHORIZED=0 lets anybody pose as a provider and take its key. Unset it; name your own authority with NODE_EXTRA_CA_CERTS.",
    );
    process.exit(2);
  }
  const { settings, problems, unknown } = readSettings(process.env, { modes: MODES });
  if (problems.length > 0) {
    for (const { name, message } of problems) console.error(`tokenhub: ${name} ${message}.`);
    process.exit(2);
  }
  const config = readConfig(settings);
  const log = createLog({
    level: applyConfig(settings, config).logLevel ?? "info",
    secrets: secretsOf(process.env),
    format: settings.logFormat ?? (process.stdout.isTTY ? "pretty" : "json"),
  });
  for (const { name, nearest } of unknown) {
    log({ type: "setting-unknown", level: "warn", name, nearest });
  }
  let running: Running | undefined;
  // Before it listens: who sees that it does may stop it at once.
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      void Promise.resolve(running?.stop()).then(() => process.exit(0));
    });
  }
  running = await startServer({ settings, config, limits: LIMITS, log });
  const { quick } = running;
  // Later starts have nothing new to say to a log file.
  if (quick?.key || process.stdout.isTTY) greet(running);
}

/** Names of errors that mean a bug, not a wrong setup. */
const OURS: ReadonlySet<string> = new Set(["TypeError", "ReferenceError", "RangeError"]);

function greet({ url, gateway, quick, admin }: Running): void {
  const lines = [
    "",
    `Tokenhub answers at ${url}`,
    ...(isSimulated(gateway) ? [SIMULATED] : []),
    `Admin page: ${gateway.settings.publicUrl ?? url}/admin`,
    ...adminLines(admin),
    ...(quick ? keyLines(url, quick) : []),
    "",
  ];
  console.log(lines.join("\n"));
}

/** A token goes to a terminal only: a log is kept where others read. */
function adminLines({ token, file, isNew }: AdminToken): string[] {
  if (file === undefined) return [];
  if (!isNew || !process.stdout.isTTY) return [`Its token is in ${file}.`];
  return [`Its token, shown this once and kept in ${file}:`, `  ${token}`];
}

function keyLines(url: string, { file, key }: QuickStart): string[] {
  if (!key) return [`Your first key is in ${file}.`];
  return [
    `Your first key, shown this once and kept in ${file}:`,
    `  ${key}`,
    "Try it:",
    `  ${curlOf(url, key, false)}`,
    "And as a stream:",
    `  ${curlOf(url, key, true)}`,
  ];
}

const SIMULATED =
  "No provider is configured: a simulated one answers. Set OPENAI_API_KEY or ANTHROPIC_API_KEY, or write config/config.yaml.";

function isSimulated(gateway: Gateway): boolean {
  return gateway.snapshot.catalog().providers.has("simulated");
}
