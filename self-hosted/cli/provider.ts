/** `provider list|add|remove`: who answers, and with which key. */
import { Option } from "commander";
import { PROVIDERS } from "../../src/providers/index.ts";
import type { ProviderRow } from "./desk.ts";
import { anywhere, type CommandGroup, listLine } from "./group.ts";
import { withoutArguments } from "./no-secrets.ts";
import { withDesk } from "./open-desk.ts";
import { option, parseId, refuse } from "./option.ts";
import { gatewayOf, type PlaceOptions } from "./place.ts";

interface NewProviderOptions extends PlaceOptions {
  readonly id: string;
  readonly type: string;
  readonly baseUrl?: string;
  readonly network?: "public" | "private";
  readonly envKeyName?: string;
  readonly credentialStdin?: boolean;
}

const OPTIONS = [
  option("--id <id>", "what models call it", parseId).makeOptionMandatory(),
  new Option("--type <type>", "how it is spoken to")
    .choices(Object.keys(PROVIDERS))
    .makeOptionMandatory(),
  option("--base-url <url>", "where it is (default: the vendor's own)", (text) => text),
  new Option("--network <network>", "private: inside your own network").choices([
    "public",
    "private",
  ]),
  option("--env-key-name <name>", "variable of the gateway that holds its key", parseVariable),
  new Option("--credential-stdin", "its key comes on standard input, into the vault").conflicts(
    "envKeyName",
  ),
];

/** Adds the commands. */
export const providerCommands: CommandGroup = (root, world) => {
  const provider = root.command("provider").description("who answers, and with which key");
  anywhere(provider.command("list"))
    .description("list the providers: id, type, address, source of the key, state, owner")
    .action(async (options: PlaceOptions) => {
      const providers = await withDesk(world, options, (desk) => desk.providers());
      for (const { id, type, baseUrl, credentialSource, state, managed } of providers) {
        world.answer(listLine([id, type, baseUrl, credentialSource, state, managed]));
      }
      if (providers.length === 0) world.tell("There are no providers.");
    });
  const add = withoutArguments(anywhere(provider.command("add")), world);
  for (const each of OPTIONS) add.addOption(each);
  add
    .description("make a provider; its models come by discovery, or are named elsewhere")
    .action(async (options: NewProviderOptions) => {
      // Before a secret is asked for that nobody could take.
      if (options.credentialStdin) gatewayOf(world, options);
      const secret = options.credentialStdin
        ? await world.secrets.line(`Key of ${options.id}: `)
        : undefined;
      await withDesk(world, options, (desk) => desk.addProvider(providerRow(options), secret));
      world.tell(`Made the provider ${options.id}.`);
    });
  anywhere(provider.command("remove"))
    .argument("<id>", "as `provider list` shows it")
    .description("remove a provider with its offers, and its keys in the vault")
    .action(async (id: string, options: PlaceOptions) => {
      await withDesk(world, options, (desk) => desk.removeProvider(id));
      world.tell(`Removed the provider ${id}.`);
    });
};

function providerRow(options: NewProviderOptions): ProviderRow {
  const { id, type, baseUrl, network, envKeyName, credentialStdin } = options;
  return {
    ...{ id, type, network },
    base_url: baseUrl,
    credential_source: credentialStdin ? "escrow" : undefined,
    env_key_name: envKeyName,
  };
}

function parseVariable(text: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(text)
    ? text
    : refuse("the name of an environment variable");
}
