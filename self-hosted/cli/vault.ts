/** `vault …`: its key lives in the memory of a running gateway, so all of it is asked there. */
import type { Command } from "commander";
import { z } from "zod";
import { type AdminClient, adminClient } from "../admin-client.ts";
import { type CommandGroup, listLine } from "./group.ts";
import { InputError } from "./input-error.ts";
import { withoutArguments } from "./no-secrets.ts";
import { gatewayOf, onGateway, type PlaceOptions } from "./place.ts";
import type { CliWorld } from "./world.ts";

const done = z.object({ ok: z.literal(true) });
const rotated = z.object({ resealed: z.int() });
const statusShape = z.object({
  state: z.string(),
  epoch: z.int(),
  keepers: z.array(z.object({ name: z.string(), open: z.boolean() })),
  sealed_reason: z.string().nullish(),
  failures: z.int(),
  refused_until: z.string().nullish(),
});

interface VaultCommand {
  readonly description: string;
  readonly run: (world: CliWorld, client: AdminClient) => Promise<void>;
}

const COMMANDS = {
  status: {
    description: "show how the vault stands",
    async run(world, client) {
      const status = await client.ask("GET", "/vault", { shape: statusShape });
      world.answer(listLine(["state", status.state]));
      for (const { name, open } of status.keepers) {
        world.answer(listLine(["keeper", name, open ? "open" : "sealed"]));
      }
      if (status.sealed_reason) world.answer(listLine(["sealed because", status.sealed_reason]));
      world.answer(listLine(["epoch", status.epoch]));
      world.answer(listLine(["wrong passwords", status.failures]));
      if (status.refused_until) world.answer(listLine(["refuses until", status.refused_until]));
    },
  },
  init: {
    description: "give the vault its password, once",
    async run(world, client) {
      const body = { admin_password: await newPassword(world, "Password of the vault: ") };
      await client.ask("POST", "/vault/init", { shape: done, body });
      world.tell("The vault has its password; who loses it loses the keys in the vault.");
      world.tell("It is sealed until `vault unlock` opens it.");
    },
  },
  unlock: {
    description: "open the vault",
    async run(world, client) {
      const body = { admin_password: await password(world, "Password of the vault: ") };
      await client.ask("POST", "/vault/unlock", { shape: done, body });
      world.tell("The vault is open.");
      await tellSealed(world, client);
    },
  },
  lock: {
    description: "seal the vault: providers whose keys are in it can no longer be asked",
    async run(world, client) {
      await client.ask("POST", "/vault/lock", { shape: done });
      world.tell("The vault is sealed.");
    },
  },
  "change-password": {
    description: "give the vault another password",
    async run(world, client) {
      const before = await password(world, "Password of the vault: ");
      const after = await newPassword(world, "New password: ");
      const body = { admin_password: before, new_password: after };
      await client.ask("POST", "/vault/change-password", { shape: done, body });
      world.tell("The vault has its new password; the old one opens it no more.");
    },
  },
  rotate: {
    description: "make a new data key and seal every stored key again",
    async run(world, client) {
      const { resealed } = await client.ask("POST", "/vault/rotate", { shape: rotated });
      world.tell(`The vault has a new data key; keys sealed again: ${resealed}.`);
    },
  },
} as const satisfies Record<string, VaultCommand>;

/** Adds the commands. */
export const vaultCommands: CommandGroup = (root, world) => {
  const vault = root.command("vault").description("keys of providers, under a password");
  for (const [name, { description, run }] of Object.entries<VaultCommand>(COMMANDS)) {
    const command: Command = withoutArguments(onGateway(vault.command(name)), world);
    command.description(description).action(async (options: PlaceOptions) => {
      await run(world, adminClient(world.transport, gatewayOf(world, options)));
    });
  }
};

async function password({ secrets }: CliWorld, prompt: string): Promise<string> {
  const typed = await secrets.line(prompt);
  if (typed === "") throw new InputError("the password is empty; nothing was changed");
  return typed;
}

/** A person types it twice: nobody saw what it was. */
async function newPassword(world: CliWorld, prompt: string): Promise<string> {
  const first = await password(world, prompt);
  if (!world.secrets.isTyped || (await world.secrets.line("Once more: ")) === first) return first;
  throw new InputError("the two passwords differ; nothing was changed");
}

/** Of several replicas each one is opened by itself. */
async function tellSealed(world: CliWorld, client: AdminClient): Promise<void> {
  const { keepers } = await client.ask("GET", "/vault", { shape: statusShape });
  const sealed = keepers.filter(({ open }) => !open).map(({ name }) => name);
  if (sealed.length > 0) world.tell(`Still sealed: ${sealed.join(", ")}.`);
}
