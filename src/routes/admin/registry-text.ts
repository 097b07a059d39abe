/** A registry as YAML text that came from outside: read like the config file, judged like the API's rows. */
import { checkUrl } from "../../address.ts";
import type { RegistryRows } from "../../catalog.ts";
import { TokenhubError } from "../../errors.ts";
import type { Gateway } from "../../isolate.ts";
import type { Problem } from "../../problem.ts";
import { PROVIDERS } from "../../providers/index.ts";
import { parseRegistry, REGISTRY_SECTIONS } from "../../registry.ts";
import { readYaml, YamlError, type YamlText } from "../../yaml-text.ts";

/** Enough to see what is wrong with a file. */
const PROBLEMS_TOLD_MAX = 50;

/**
 * Its rows, as the config file's parser reads them; providers are public unless they say otherwise.
 * @throws TokenhubError invalid_value with a line for every problem, never a value.
 */
export function readRegistryText(
  gateway: Gateway,
  text: string,
  declared: RegistryRows,
): RegistryRows {
  const yaml = read(text);
  const input = publicByDefault(yaml.data);
  const { rows, problems } = parseRegistry(input, { kinds: PROVIDERS, declared });
  const found = [...unknownSections(input), ...problems];
  // Only of rows that could all be read is the number of each its place in the text.
  const all =
    found.length > 0 ? found : [...addresses(gateway, rows), ...takenNames(rows, declared)];
  if (all.length === 0) return rows;
  throw refused(yaml.tell(all));
}

function read(text: string): YamlText {
  try {
    return readYaml(text);
  } catch (error) {
    throw error instanceof YamlError ? refused(error.lines) : error;
  }
}

function refused(lines: readonly string[]): TokenhubError {
  const more = lines.length - PROBLEMS_TOLD_MAX;
  const told = [...lines.slice(0, PROBLEMS_TOLD_MAX), ...(more > 0 ? [`and ${more} more`] : [])];
  return new TokenhubError("invalid_value", { param: "yaml", detail: `\n${told.join("\n")}` });
}

/** What an API is told is public unless it says otherwise. */
function publicByDefault(input: YamlText["data"]): YamlText["data"] {
  const { providers } = input;
  if (!Array.isArray(providers)) return input;
  const placed = providers.map((row) =>
    typeof row === "object" && row !== null && !Array.isArray(row)
      ? { network: "public", ...row }
      : row,
  );
  return { ...input, providers: placed };
}

function unknownSections(input: YamlText["data"]): Problem[] {
  const message = `unknown section; known are ${REGISTRY_SECTIONS.join(", ")}`;
  const unknown = Object.keys(input).filter((key) => !REGISTRY_SECTIONS.includes(key));
  return unknown.map((key) => ({ path: [key], message }));
}

/** Clients name models and aliases in the same field; within one text the parser sees to it. */
function takenNames({ models, aliases }: RegistryRows, there: RegistryRows): Problem[] {
  const check = (section: string, rows: readonly Named[], others: readonly Named[]) =>
    rows.flatMap(({ id }, index) =>
      others.some((other) => other.id === id)
        ? [{ path: [section, index, "id"], message: "a model or alias with this id is there" }]
        : [],
    );
  return [...check("models", models, there.aliases), ...check("aliases", aliases, there.models)];
}

interface Named {
  readonly id: string;
}

function addresses({ settings }: Gateway, { providers }: RegistryRows): Problem[] {
  const { privateEgress } = settings;
  return providers.flatMap(({ kind, baseUrl, endpoints, network }, index) => {
    if (kind === "simulated") return [];
    return [baseUrl, ...endpoints].flatMap((url, at) => {
      try {
        checkUrl(url, { network, privateEgress });
        return [];
      } catch {
        const path = ["providers", index, ...(at === 0 ? ["base_url"] : ["endpoints", at - 1])];
        return [{ path, message: "the egress policy does not allow this address" }];
      }
    });
  });
}
