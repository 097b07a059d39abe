/** Fields of a client's request: null counts as absent, and what is refused is told by its path, never its value. */
import { TokenhubError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

/** A JSON object of any shape. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Neither undefined nor null. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** @throws TokenhubError invalid_value, always. */
export function refuse(param: string): never {
  throw new TokenhubError("invalid_value", { param });
}

/** The field `model`. @throws TokenhubError invalid_value; model_not_found for a name longer than any id. */
export function readModel(model: unknown): string {
  if (typeof model !== "string" || model === "") return refuse("model");
  if (model.length > LIMITS.modelIdCharsMax) {
    throw new TokenhubError("model_not_found", { param: "model" });
  }
  return model;
}
