/** Models that work together: what critics, judges and authors of the scripted upstream say to what they are asked. */
import type { Script } from "./upstream-script.ts";

/** One model of each part, each of another family, two cheap ones, at two providers. */
export const PANEL = {
  providers: [{ id: "left" }, { id: "right" }],
  models: (
    [
      ["small-a", "left", 3, 0.001],
      ["small-b", "right", 3, 0.002],
      ["author", "left", 6, 0.01],
      ["strong", "right", 8, 0.03],
      ["critic", "right", 9, 0.05],
    ] as const
  ).map(([id, provider_id, weight, usd]) => ({
    ...{ id, provider_id, weight, family: id, upstream_name: id, max_output_tokens: 500 },
    capabilities: ["tools"],
    pricing: { input_per_1k: usd, output_per_1k: usd * 3 },
  })),
};

/** Ids of `PANEL`. */
export const MEMBERS: readonly string[] = PANEL.models.map(({ id }) => id);

/** What a request for a verdict is answered; undefined: it is none. `best` is a piece of the answer that wins. */
export function verdict(
  body: string,
  { score, best = "" }: { readonly score: number; readonly best?: string },
): string | undefined {
  if (body.includes("cheap_wins")) {
    return JSON.stringify({ score, attacks: ["No budget."], missing: [], cheap_wins: [] });
  }
  if (!body.includes("holds the number of every answer once")) return undefined;
  const answers = body.split("[begin answer ").slice(1);
  const places = answers.map((_, place) => place);
  const isBest = (place: number) => answers[place]?.includes(best) ?? false;
  const ranking = [...places.filter(isBest), ...places.filter((place) => !isBest(place))];
  return JSON.stringify({ ranking, reason: "It is right." });
}

/** Every model says its name, and gives verdicts: critics this score, judges that `author` is the best. */
export function panelists(score: number): Record<string, Script> {
  const says = (id: string) => (body: string) =>
    verdict(body, { score, best: "words of author" }) ?? `These are the words of ${id}, at length.`;
  return Object.fromEntries(MEMBERS.map((id) => [id, { says: says(id) }]));
}
