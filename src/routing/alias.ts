/** From what a client named to models: ids, aliases, the virtual `tokenhub/…`; and the list of what a key may name. */
import type { AliasRecord, Candidate, Catalog } from "../catalog.ts";
import type { RequestFacts } from "../chat.ts";
import { TokenhubError } from "../errors.ts";
import type { KeyRecord } from "../key.ts";
import { ORCHESTRATIONS } from "../modes/index.ts";
import { draw } from "../policies/draw.ts";
import { MODES } from "../policies/index.ts";

const VIRTUAL_PREFIX = "tokenhub/";

/**
 * Orchestrations that a mode or a virtual model may name: all that do not share their name with a weight profile.
 * `planning` is the profile there; the pipeline of that name is asked for as an orchestration.
 */
export const PIPELINES: readonly string[] = Object.keys(ORCHESTRATIONS).filter(
  (name) => !MODES.some((mode) => mode === name),
);

/** What a key may have as its default: a weight profile or an orchestration. */
export const KEY_MODES: readonly string[] = [...MODES, ...PIPELINES];

/** Virtual model id → the mode it sets; undefined: it leaves the mode to the policy. */
export const VIRTUAL_MODELS: ReadonlyMap<string, string | undefined> = new Map([
  [`${VIRTUAL_PREFIX}auto`, undefined],
  ...MODES.map((mode) => [`${VIRTUAL_PREFIX}${mode}`, mode] as const),
  ...PIPELINES.map((mode) => [`${VIRTUAL_PREFIX}${mode}`, mode] as const),
]);

/** Is routing to choose among models? */
export function isVirtual(target: string): boolean {
  return target === "*" || VIRTUAL_MODELS.has(target);
}

/** What a name stands for. */
export type Target =
  /** Routing chooses among everything; a virtual model also sets the mode and never pins. */
  | { readonly kind: "any" | "virtual"; readonly mode: string | undefined }
  | { readonly kind: "model"; readonly mode: undefined; readonly modelId: string }
  | { readonly kind: "alias"; readonly mode: undefined; readonly alias: AliasRecord };

/** May the key use this model at this provider? What it may not use does not exist for it. */
export function isVisible(key: KeyRecord, candidate: Candidate): boolean {
  return (
    (key.allowedModels.length === 0 || key.allowedModels.includes(candidate.model.id)) &&
    (key.allowedProviders.length === 0 || key.allowedProviders.includes(candidate.provider.id))
  );
}

/**
 * Allow-lists of keys name models, never aliases: an alias may be used when one of its targets may.
 * Vectors of different models must never mix, so for embeddings a name has to mean one model.
 * @throws TokenhubError `model_not_found`: unknown, disabled alias, or nothing this key may use;
 * `invalid_value`: embeddings of a name that may mean several models.
 */
export function resolveTarget(asked: {
  readonly catalog: Catalog;
  readonly target: string | undefined;
  readonly key: KeyRecord;
  /** undefined: whatever kind of model. */
  readonly facts?: Pick<RequestFacts, "kind">;
}): Target {
  const { catalog, target, key } = asked;
  const oneModel = asked.facts?.kind === "embedding";
  if (oneModel && (target === undefined || isVirtual(target))) throw severalModels();
  if (target === undefined || target === "*") return { kind: "any", mode: undefined };
  // Before the registry: a name of ours cannot be taken by a discovered model.
  if (VIRTUAL_MODELS.has(target)) return { kind: "virtual", mode: VIRTUAL_MODELS.get(target) };

  const exists = (modelId: string) =>
    catalog.byModel.get(modelId)?.some((candidate) => isVisible(key, candidate)) ?? false;
  if (exists(target)) return { kind: "model", mode: undefined, modelId: target };
  const alias = catalog.aliases.get(target);
  if (alias?.enabled && alias.targets.some(({ modelId }) => exists(modelId))) {
    const targets = new Set(alias.targets.map(({ modelId }) => modelId));
    if (oneModel && targets.size > 1) throw severalModels();
    return { kind: "alias", mode: undefined, alias };
  }
  throw new TokenhubError("model_not_found", { param: "model" });
}

function severalModels(): TokenhubError {
  return new TokenhubError("invalid_value", { param: "model" });
}

/**
 * Model ids in the order in which they are to be tried; empty: no preference. A weighted alias is an
 * exponential race (−ln u / weight, the least wins), which gives every target its share and never reorders the
 * others when one is added; the losers follow as its failover. Targets of weight 0 are not drawn.
 */
export function targetOrder(target: Target, seed: number): readonly string[] {
  if (target.kind === "model") return [target.modelId];
  if (target.kind !== "alias") return [];
  const { id, strategy, targets } = target.alias;
  if (strategy === "ordered") return targets.map(({ modelId }) => modelId);
  return targets
    .filter(({ weight }) => weight > 0)
    .map(({ modelId, weight }) => ({
      modelId,
      // With the alias in the text, two aliases over the same models draw apart.
      arrival: -Math.log(draw(seed, `${id}\n${modelId}`)) / weight,
    }))
    .sort((one, other) => one.arrival - other.arrival)
    .map(({ modelId }) => modelId);
}

/** One line of `GET /v1/models`. */
export interface VisibleModel {
  readonly id: string;
  readonly kind: "model" | "alias" | "virtual";
  /** Family of a model; `tokenhub` for aliases and virtual models. */
  readonly ownedBy: string;
}

/**
 * What the key may name: enabled models with an enabled offer, then aliases of those, then virtual models, which
 * choose among chat models.
 */
export function visibleModels(catalog: Catalog, key: KeyRecord): readonly VisibleModel[] {
  const models: VisibleModel[] = [];
  const usable = new Set<string>();
  let chats = false;
  for (const [id, candidates] of catalog.byModel) {
    const first = candidates.find((candidate) => isUsable(key, candidate));
    if (!first) continue;
    usable.add(id);
    chats ||= first.model.kind === "chat";
    models.push({ id, kind: "model", ownedBy: first.model.family });
  }
  for (const alias of catalog.aliases.values()) {
    if (!alias.enabled || !alias.targets.some(({ modelId }) => usable.has(modelId))) continue;
    models.push({ id: alias.id, kind: "alias", ownedBy: "tokenhub" });
  }
  if (!chats) return models;
  for (const id of VIRTUAL_MODELS.keys()) models.push({ id, kind: "virtual", ownedBy: "tokenhub" });
  return models;
}

function isUsable(key: KeyRecord, candidate: Candidate): boolean {
  return (
    isVisible(key, candidate) &&
    isEnabled(candidate) &&
    key.requiredLabels.every((label) => candidate.provider.labels.includes(label))
  );
}

/** Provider, model and offer are all switched on. */
export function isEnabled(candidate: Candidate): boolean {
  return candidate.enabled && candidate.model.enabled && candidate.provider.enabled;
}
