/** `export` and `import FILE`: a running gateway's registry as YAML, out and in again. */
import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { adminClient, RefusedError } from "../admin-client.ts";
import type { CommandGroup } from "./group.ts";
import { InputError } from "./input-error.ts";
import { gatewayOf, onGateway, type PlaceOptions } from "./place.ts";

/** As much as the admin API takes. */
const BYTES_MAX = 1024 * 1024;

const importedShape = z.object({ written: z.int(), unchanged: z.int() });

/** Adds the commands. */
export const transferCommands: CommandGroup = (root, world) => {
  onGateway(root.command("export"))
    .description("print the registry of a running gateway as YAML, without secrets")
    .action(async (options: PlaceOptions) => {
      const client = adminClient(world.transport, gatewayOf(world, options));
      world.answer((await client.text("/export")).trimEnd());
    });
  onGateway(root.command("import"))
    .argument("<file>", "YAML, as `export` prints it")
    .description("write what differs into the registry of a running gateway")
    .action(async (file: string, options: PlaceOptions) => {
      const client = adminClient(world.transport, gatewayOf(world, options));
      const asked = { shape: importedShape, body: { yaml: readText(file) } };
      const counts = await client.ask("POST", "/import", asked).catch((error: unknown) => {
        throw error instanceof RefusedError ? placed(error, file) : error;
      });
      world.tell(`Imported ${file}: ${counts.written} written, ${counts.unchanged} unchanged.`);
    });
};

/** Problems of the text are lines that begin with a place in it: `3:5 models.0.id …`. */
function placed(error: RefusedError, file: string): Error {
  const lines = error.message.split("\n").filter((line) => /^\d+:\d+ /.test(line));
  if (lines.length === 0) return error;
  return new InputError(lines.map((line) => `${file}:${line}`).join("\n"));
}

function readText(file: string): string {
  try {
    if (statSync(file).size > BYTES_MAX) throw new InputError(`${file} is larger than 1 MiB`);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(readFileSync(file));
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof TypeError) throw new InputError(`${file} is not UTF-8`);
    throw new InputError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
