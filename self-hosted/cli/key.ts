/** `key create|list|rotate|revoke`: keys of those who use the gateway. */
import type { KeyView, MadeKey } from "./desk.ts";
import { anywhere, type CommandGroup } from "./group.ts";
import { InputError } from "./input-error.ts";
import { keyLimits, NEW_KEY_OPTIONS, type NewKeyOptions } from "./key-options.ts";
import { withDesk } from "./open-desk.ts";
import { option, parseCount } from "./option.ts";
import type { PlaceOptions } from "./place.ts";
import type { CliWorld } from "./world.ts";

const DAY_SECONDS = 86_400;

interface RotateOptions extends PlaceOptions {
  readonly overlap: number;
}

/** Adds the commands. */
export const keyCommands: CommandGroup = (root, world) => {
  const key = root.command("key").description("keys of those who use the gateway");
  const create = anywhere(key.command("create")).description("make a key and print it, once");
  for (const each of NEW_KEY_OPTIONS) create.addOption(each);
  create.action(async (options: PlaceOptions & NewKeyOptions) => {
    const made = await withDesk(world, options, (desk) => desk.createKey(keyLimits(options)));
    show(world, "Made", made);
  });
  anywhere(key.command("list"))
    .description("list the keys, newest first")
    .action(async (options: PlaceOptions) => {
      const keys = await withDesk(world, options, (desk) => desk.keys());
      for (const each of keys) world.answer(keyLine(each));
      if (keys.length === 0) world.tell("There are no keys.");
    });
  anywhere(key.command("rotate"))
    .argument("<id>", "key_…, as `key list` shows it")
    .addOption(
      option(
        "--overlap <seconds>",
        "how long the old key still opens",
        parseCount({ min: 0, max: DAY_SECONDS }),
        { value: DAY_SECONDS, told: "a day" },
      ),
    )
    .description("make another key in place of one and print it, once")
    .action(async (id: string, options: RotateOptions) => {
      const rotate = keyId(id);
      const made = await withDesk(world, options, (desk) =>
        desk.rotateKey(rotate, options.overlap),
      );
      show(world, "Rotated", made);
    });
  anywhere(key.command("revoke"))
    .argument("<id>", "key_…, as `key list` shows it")
    .description("end a key for good")
    .action(async (id: string, options: PlaceOptions) => {
      const revoked = keyId(id);
      await withDesk(world, options, (desk) => desk.revokeKey(revoked));
      world.tell(`Revoked ${revoked}.`);
    });
};

/** The only place where a key is printed. */
function show(world: CliWorld, done: string, { id, key }: MadeKey): void {
  world.tell(`${done} ${id}. The key is shown only this once:`);
  world.answer(key);
}

/** What is no id may be a key: it is not repeated. */
function keyId(text: string): string {
  if (/^key_[0-9A-Za-z]{8}$/.test(text)) return text;
  throw new InputError("the id must be key_ and 8 letters or digits, as `key list` shows it");
}

/** Id, last four characters, state, scopes and name, separated by tabs. */
function keyLine({ id, last4, state, scopes, name }: KeyView): string {
  return [id, `…${last4}`, state, scopes.join(","), name].join("\t");
}
