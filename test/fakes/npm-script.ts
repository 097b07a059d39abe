/** What an operator types, as a process of its own: the scripts of package.json, with an environment of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

const ROOT = path.join(import.meta.dirname, "../..");

/** A script that has been started. */
export interface Started {
  /** Both streams so far. */
  text(): string;
  /** Resolves with what the pattern found in them; rejects when the script ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Exit code and stdout. */
  readonly ended: Promise<{ code: number | null; stdout: string }>;
  /** Ends it as a terminal that closes would; resolves when it is gone. */
  stop(): Promise<void>;
}

/** `npm run NAME -- …args`, without npm; `home` stands for the operator's home folder. */
export function startScript(name: string, args: readonly string[], home: string): Started {
  const script = path.join(ROOT, "scripts/run.mjs");
  const child = spawn(process.execPath, [script, name, ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: home, CI: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return watch(child);
}

function watch(child: ChildProcess): Started {
  let text = "";
  let stdout = "";
  child.stdout?.on("data", (part: Buffer) => {
    stdout += part;
    text += part;
    child.emit("told");
  });
  child.stderr?.on("data", (part: Buffer) => {
    text += part;
    child.emit("told");
  });
  const ended = once(child, "close").then(([code]) => {
    child.emit("told");
    return { code: code as number | null, stdout };
  });
  return {
    text: () => text,
    async says(pattern) {
      for (;;) {
        const found = pattern.exec(text);
        if (found) return found;
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(text);
        await once(child, "told");
      }
    },
    ended,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
