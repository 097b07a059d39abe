/** `npm run tokenhub -- …`: what an operator does from a terminal, in either home. */
import { adminTransport } from "./admin-client.ts";
import { runCli } from "./cli/program.ts";
import { secretInput } from "./cli/secret-input.ts";
import { wrangler } from "./wrangler.ts";

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  wrangler,
  transport: adminTransport,
  secrets: secretInput(process.stdin, (text) => process.stderr.write(text)),
  answer: (line) => console.log(line),
  tell: (line) => console.error(line),
  nowMs: Date.now,
});
