/** `audit list|verify`: who changed what, and whether the chain holds. */
import { anywhere, type CommandGroup, listLine } from "./group.ts";
import { withDesk } from "./open-desk.ts";
import { option, parseCount } from "./option.ts";
import type { PlaceOptions } from "./place.ts";

interface ListOptions extends PlaceOptions {
  readonly limit: number;
  readonly before?: number;
}

/** As many as the admin API answers at once. */
const LIMIT_MAX = 200;
const LIMIT = 50;
const SEQ_MAX = 9_999_999_999;

/** Adds the commands. */
export const auditCommands: CommandGroup = (root, world) => {
  const audit = root.command("audit").description("who changed what");
  anywhere(audit.command("list"))
    .addOption(
      option("--limit <number>", "entries at most", parseCount({ max: LIMIT_MAX }), {
        value: LIMIT,
        told: String(LIMIT),
      }),
    )
    .addOption(option("--before <seq>", "older than this one", parseCount({ max: SEQ_MAX })))
    .description("list entries, newest first: number, time, actor, action, target, outcome")
    .action(async (options: ListOptions) => {
      const page = { before: options.before, limit: options.limit };
      const entries = await withDesk(world, options, (desk) => desk.auditPage(page));
      for (const { seq, at, actor, action, target, outcome } of entries) {
        world.answer(listLine([seq, at, actor, action, target, outcome]));
      }
      if (entries.length === 0) world.tell("There are no entries.");
    });
  anywhere(audit.command("verify"))
    .description("check that every entry follows from the one before it")
    .action(async (options: PlaceOptions) => {
      const check = await withDesk(world, options, (desk) => desk.verifyAudit());
      world.answer(check.ok ? listLine(["ok", check.entries]) : listLine(["broken", check.seq]));
      if (!check.ok) throw new Error(`the audit chain is broken at entry ${check.seq}`);
      world.tell(`The audit chain holds: ${check.entries} entries.`);
    });
};
