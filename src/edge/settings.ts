/** Settings of a Worker: nothing private but loopback, and that under `wrangler dev` alone. */
import { readGrant } from "../grant.ts";
import { MODES } from "../policies/index.ts";
import { privateEndpoints } from "../registry.ts";
import { readSettings, type SettingProblem, type Settings } from "../settings.ts";

/** The settings, and what is wrong with them: every problem by the name of its variable, without its value. */
export interface EdgeSettings {
  readonly settings: Settings;
  readonly problems: readonly SettingProblem[];
}

/** Declared provider → the variable that holds its addresses. */
const ADDRESSES: Readonly<Record<string, string>> = {
  openai: "TOKENHUB_OPENAI_BASE_URL",
  vllm: "TOKENHUB_VLLM_ENDPOINTS",
};

/** Reads variables and secrets; only strings are looked at. */
export function edgeSettings(env: Readonly<Record<string, unknown>>): EdgeSettings {
  const { settings, problems } = readSettings(env, { modes: MODES });
  const { providers } = settings.declared;
  const declared = privateEndpoints(providers);
  const lists = [
    {
      name: "TOKENHUB_PRIVATE_EGRESS",
      entries: settings.privateEgress.filter((entry) => !declared.includes(entry)),
      message: "may name loopback only on a Worker",
    },
    ...providers.map((provider) => ({
      name: ADDRESSES[provider.id] ?? provider.id,
      entries: privateEndpoints([provider]),
      message: "must be a public https address on a Worker",
    })),
  ];
  const refused = lists.filter(({ entries }) => !entries.every(isLoopback));
  return {
    settings,
    problems: [...problems, ...refused.map(({ name, message }) => ({ name, message }))],
  };
}

/** Is this grant, address or URL this machine itself? */
export function isLoopback(text: string): boolean {
  return readGrant(text)?.loopback ?? false;
}
