/** Who may be asked one question: the request's own policy, narrowed by what its mode wishes. */
import type { Role, Wish } from "../modes/mode.ts";
import type { Policy } from "../policy.ts";
import type { GatewayRequest } from "../request.ts";
import type { Narrowing } from "../router.ts";
import type { Decision, Ranked } from "../routing/decision.ts";

/** Those whose words may become the client's answer; a model that it pinned, and the form it asked for, are theirs. */
export const AUTHORS: ReadonlySet<Role> = new Set([
  "planner",
  "reviser",
  "answerer",
  "candidate",
  "synthesiser",
  "strong",
  "repairer",
]);

/** The request as this role asks it with this wish: whom it names, and whether the name pins. */
export function addressed(asked: GatewayRequest, role: Role, wish: Wish): GatewayRequest {
  if (wish.modelId !== undefined) return { ...asked, target: wish.modelId, namePins: true };
  if (AUTHORS.has(role)) return asked;
  return { ...asked, target: undefined, namePins: false };
}

/** Narrows to the wish, within so much money. */
export function narrowing(wish: Wish, freeNanoUsd: number): Narrowing {
  return {
    policy: (own) => narrowed(own, wish, freeNanoUsd),
    sift: (decision) => sifted(decision, wish),
  };
}

function narrowed(own: Policy, wish: Wish, freeNanoUsd: number): Policy {
  return {
    ...own,
    mode: wish.profile ?? own.mode,
    minWeight: Math.max(own.minWeight, wish.minWeight ?? 0),
    budgetNanoUsd: Number.isFinite(freeNanoUsd)
      ? Math.min(freeNanoUsd, own.budgetNanoUsd ?? freeNanoUsd)
      : own.budgetNanoUsd,
  };
}

function sifted(decision: Decision, { notModels, notFamilies, spread }: Wish): Decision {
  const ranked = decision.ranked.filter(
    ({ candidate: { model } }) =>
      !notModels?.includes(model.id) && !notFamilies?.includes(model.family),
  );
  return { ...decision, ranked: spread === undefined ? ranked : turned(ranked, spread) };
}

/** Beginning with the `nth` of the distinct models, one of each family first; then the others in their order. */
function turned(ranked: readonly Ranked[], nth: number): readonly Ranked[] {
  const families = new Set<string>();
  const models = new Set<string>();
  const firsts: Ranked[] = [];
  const seconds: Ranked[] = [];
  for (const one of ranked) {
    const { id, family } = one.candidate.model;
    if (models.has(id)) continue;
    models.add(id);
    (families.has(family) ? seconds : firsts).push(one);
    families.add(family);
  }
  const heads = [...firsts, ...seconds];
  const head = heads[nth % Math.max(1, heads.length)];
  return head ? [head, ...ranked.filter((one) => one !== head)] : ranked;
}
