/** Every group of commands, in the order of the help. */
import { applyCommand } from "./apply.ts";
import { auditCommands } from "./audit.ts";
import type { CommandGroup } from "./group.ts";
import { keyCommands } from "./key.ts";
import { projectCommands } from "./project.ts";
import { providerCommands } from "./provider.ts";
import { transferCommands } from "./transfer.ts";
import { vaultCommands } from "./vault.ts";

/** The table. */
export const GROUPS: readonly CommandGroup[] = [
  applyCommand,
  keyCommands,
  projectCommands,
  providerCommands,
  vaultCommands,
  auditCommands,
  transferCommands,
];
