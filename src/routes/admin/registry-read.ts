/** Rows of the registry as the admin API takes them: the parser of the config file, and what only holds here. */
import { checkUrl } from "../../address.ts";
import { mergeRows, type RegistryRows } from "../../catalog.ts";
import { TokenhubError } from "../../errors.ts";
import type { Gateway } from "../../isolate.ts";
import type { StoredRegistry } from "../../platform.ts";
import type { Problem } from "../../problem.ts";
import { PROVIDERS } from "../../providers/index.ts";
import type { ProviderKind } from "../../providers/provider.ts";
import { parseRegistry } from "../../registry.ts";
import type { Row } from "./kind.ts";
import type { AdminCall } from "./route.ts";

/** Rows that the environment declares, and the simulated provider while it stands in. */
export function environmentRows({ settings, snapshot }: Gateway): RegistryRows {
  const { declared, simulated } = settings;
  const standIn = simulated?.providers.some(({ id }) => snapshot.catalog().providers.has(id));
  return simulated && standIn ? mergeRows(declared, simulated) : declared;
}

/** Everything that a row may name: what is stored, and what the environment declares. */
export async function wholeRegistry(gateway: Gateway): Promise<StoredRegistry> {
  const stored = await gateway.platform.store.registry();
  return { ...stored, ...mergeRows(stored, environmentRows(gateway)) };
}

/**
 * The records of one written row.
 * @throws TokenhubError bad_target, egress_denied, invalid_field, invalid_value with the path inside the row.
 */
export async function readRow(
  { gateway }: Pick<AdminCall, "gateway">,
  section: keyof RegistryRows,
  row: Row,
): Promise<RegistryRows> {
  const declared = await wholeRegistry(gateway);
  const { rows, problems } = parseRegistry({ [section]: [row] }, { kinds: PROVIDERS, declared });
  // An address that is refused is told as such, whatever else its scheme breaks.
  for (const provider of rows.providers) checkAddresses(gateway, provider);
  const [problem] = problems;
  if (problem) throw problemError({ ...problem, path: problem.path.slice(2) });
  for (const name of [...rows.models, ...rows.aliases]) refuseTaken(declared, section, name.id);
  return rows;
}

/** The error that tells a problem; its path names the field. */
export function problemError({ path, message }: Problem): TokenhubError {
  const code = codeOf(message);
  const param = path.length > 0 ? path.join(".") : undefined;
  return new TokenhubError(code, {
    ...(param === undefined ? {} : { param }),
    detail: `${message}.`,
  });
}

function codeOf(message: string): "bad_target" | "invalid_field" | "invalid_value" {
  if (/^no (?:provider|model) has this id$/.test(message)) return "bad_target";
  return /^(?:unknown key|prototype keys)/.test(message) ? "invalid_field" : "invalid_value";
}

/**
 * Public https, or what the operator's deployment allows.
 * @throws TokenhubError egress_denied as the client's fault.
 */
function checkAddresses(
  { settings }: Gateway,
  { kind, baseUrl, endpoints, network }: RegistryRows["providers"][number],
): void {
  const kinds: Readonly<Record<string, ProviderKind>> = PROVIDERS;
  if (kinds[kind]?.origin) return;
  for (const [index, url] of [baseUrl, ...endpoints].entries()) {
    const param = index === 0 ? "base_url" : `endpoints.${index - 1}`;
    try {
      checkUrl(url, { network, privateEgress: settings.privateEgress });
    } catch {
      throw new TokenhubError("egress_denied", { status: 400, param, detail: EGRESS });
    }
  }
}

const EGRESS =
  "Public providers need https and a public host; private ones must be listed in TOKENHUB_PRIVATE_EGRESS.";

/** Clients name models and aliases in the same field. */
function refuseTaken(rows: RegistryRows, section: keyof RegistryRows, id: string): void {
  const others = section === "models" ? rows.aliases : rows.models;
  if (section === "offers" || !others.some((other) => other.id === id)) return;
  const detail = `${section === "models" ? "An alias" : "A model"} has this id.`;
  throw new TokenhubError("invalid_value", { param: "id", detail });
}

/** The only row of a section. @throws TokenhubError internal: the parser lost it. */
export function only<R>(rows: readonly R[]): R {
  const [row] = rows;
  if (row === undefined) throw new TokenhubError("internal");
  return row;
}
