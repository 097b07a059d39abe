/** `apply FILE`: the registry as a config file says. */
import { MODES } from "../../src/policies/index.ts";
import { readSettings, type Settings } from "../../src/settings.ts";
import { applyConfig, readConfigFile } from "../config.ts";
import type { CommandGroup } from "./group.ts";
import { databaseOf, onDatabase, type PlaceOptions, withStores } from "./place.ts";
import type { CliWorld } from "./world.ts";

/** Adds the command. */
export const applyCommand: CommandGroup = (root, world) => {
  onDatabase(root.command("apply"))
    .argument("<file>", "config file whose providers, models, offers and aliases to write")
    .description("make the registry what a config file says")
    .action((file: string, options: PlaceOptions) => apply(world, file, options));
};

async function apply(world: CliWorld, file: string, options: PlaceOptions): Promise<void> {
  const place = databaseOf(world, options);
  const config = readConfigFile(file, place.d1 ? { declared: workerRows() } : place.settings);
  const settings = applyConfig(place.settings, config);
  await withStores(world, { ...place, settings }, ({ store }) =>
    store.declare("config", config.rows),
  );
  const counts = Object.entries(config.rows).map(([name, list]) => `${list.length} ${name}`);
  world.tell(`Applied ${file}: ${counts.join(", ")}.`);
}

/** What a Worker's secrets may declare; this machine's environment says nothing about them. */
function workerRows(): Settings["declared"] {
  const all = {
    TOKENHUB_OPENAI_API_KEY: "any",
    TOKENHUB_ANTHROPIC_API_KEY: "any",
    TOKENHUB_VLLM_ENDPOINTS: "https://vllm.invalid",
  };
  return readSettings(all, { modes: MODES }).settings.declared;
}
