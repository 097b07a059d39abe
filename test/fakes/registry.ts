/** Registry rows for tests, written as people write them in a config file. */
import { NO_ROWS, type RegistryRows } from "../../src/catalog.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import { parseRegistry } from "../../src/registry.ts";

/** The rows of these sections; throws what the config file would be refused for. */
export function rowsOf(sections: Readonly<Record<string, readonly object[]>>): RegistryRows {
  const { rows, problems } = parseRegistry(sections, { kinds: PROVIDERS, declared: NO_ROWS });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return rows;
}
