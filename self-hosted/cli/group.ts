/** What every group of commands is: a function that adds its commands to the program. */
import type { Command } from "commander";
import { onDatabase, onGateway } from "./place.ts";
import type { CliWorld } from "./world.ts";

/** One group: `key …`, `vault …`. */
export type CommandGroup = (root: Command, world: CliWorld) => void;

/** A command that works at a running gateway and on a database alike. */
export function anywhere(command: Command): Command {
  return onDatabase(onGateway(command));
}

/** One line of a list: values with tabs between them, a dash for what is not there. */
export function listLine(values: readonly (string | number | undefined)[]): string {
  return values.map((value) => (value === undefined || value === "" ? "-" : value)).join("\t");
}
