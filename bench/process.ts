/** Programs under measurement: started, watched by /proc, stopped. Linux only. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

const ROOT = path.join(import.meta.dirname, "..");
/** Of user and system time in /proc; Linux fixes it at 100. */
const TICKS_PER_SECOND = 100;

/** A program that listens on a port of its own. */
export interface Program {
  readonly port: number;
  /** User and system time so far. */
  cpuMs(): number;
  rssMiB(): number;
  stop(): Promise<void>;
}

/** Starts a script with this Node; resolves when its output tells the port by this pattern. */
export function start(
  script: string,
  options: { args?: readonly string[]; env?: Record<string, string>; ready: RegExp },
): Promise<Program> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", path.join(ROOT, script), ...(options.args ?? [])],
    { cwd: ROOT, env: { ...process.env, ...options.env }, stdio: ["ignore", "pipe", "inherit"] },
  );
  return new Promise((resolve, reject) => {
    let output = "";
    child.once("exit", (code) => reject(new Error(`${script} ended with ${code}: ${output}`)));
    child.stdout.on("data", (part: Buffer) => {
      if (output.length > 10_000) return;
      output += part.toString();
      const port = options.ready.exec(output)?.[1];
      if (port) resolve(programOf(child, Number(port)));
    });
  });
}

function programOf(child: ChildProcess, port: number): Program {
  const proc = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, "utf8");
  return {
    port,
    cpuMs() {
      // Fields are counted after the command's closing parenthesis, which may itself hold spaces.
      const stat = proc("stat");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
    },
    rssMiB: () => Number(/VmRSS:\s+(\d+)/.exec(proc("status"))?.[1] ?? 0) / 1024,
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}
