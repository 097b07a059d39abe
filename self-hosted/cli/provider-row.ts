/** Providers as the command line reads and shows them, without a gateway. */
import { checkUrl } from "../../src/address.ts";
import { NO_ROWS, type ProviderRecord, type RegistryRows } from "../../src/catalog.ts";
import { PROVIDERS } from "../../src/providers/index.ts";
import { parseRegistry } from "../../src/registry.ts";
import type { ProviderRow, ProviderView } from "./desk.ts";
import { InputError } from "./input-error.ts";
import type { DatabasePlace } from "./place.ts";

/** What the environment declares beside the database; this machine's says nothing of a Worker. */
export function declaredIn({ d1, settings }: DatabasePlace): RegistryRows {
  return d1 ? NO_ROWS : settings.declared;
}

/** The record of a row, as the config file's parser reads it. @throws InputError: what is wrong with it. */
export function readProvider(row: ProviderRow, place: DatabasePlace): ProviderRecord {
  const declared = declaredIn(place);
  const { rows, problems } = parseRegistry({ providers: [row] }, { kinds: PROVIDERS, declared });
  const [problem] = problems;
  if (problem) throw new InputError(`${problem.path.slice(2).join(".")} ${problem.message}`.trim());
  const [record] = rows.providers;
  if (!record) throw new InputError("this is no provider");
  if (declared.providers.some(({ id }) => id === record.id)) {
    throw new InputError("the environment declares a provider of this id");
  }
  if (!place.d1) checkAddress(record, place.settings.privateEgress);
  return record;
}

/** @throws InputError: the gateway on this database would never ask there. */
function checkAddress(record: ProviderRecord, privateEgress: readonly string[]): void {
  if (record.kind === "simulated") return;
  try {
    checkUrl(record.baseUrl, { network: record.network, privateEgress });
  } catch {
    throw new InputError("base_url is not allowed: name private ones in TOKENHUB_PRIVATE_EGRESS");
  }
}

/** As a list shows it. */
export function providerView({
  record,
  managed,
}: {
  readonly record: ProviderRecord;
  readonly managed: string;
}): ProviderView {
  const { id, kind, baseUrl, credentialSource, enabled } = record;
  const state = enabled ? "enabled" : "disabled";
  return { id, type: kind, baseUrl, credentialSource, state, managed };
}
