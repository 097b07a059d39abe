/** The response object that the first and the last events of a stream carry. */
import { isObject, spliceText } from "../json.ts";
import { scan } from "../json-scan.ts";
import { type Changes, entriesOf } from "../json-splice.ts";
import { responseId } from "./answer.ts";
import { makeItemId } from "./repair.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** Types of events with a response → the status it has then. */
export const STATUSES: ReadonlyMap<string, string> = new Map([
  ["response.created", "in_progress"],
  ["response.queued", "queued"],
  ["response.in_progress", "in_progress"],
  ["response.completed", "completed"],
  ["response.incomplete", "incomplete"],
  ["response.failed", "failed"],
]);

/** The type an ending event should have had: some servers complete what was cut. */
export function endingType(type: string, response: JsonObject): string {
  if (type !== "response.completed") return type;
  if (response.status === "failed") return "response.failed";
  const isCut = response.status === "incomplete" || isObject(response.incomplete_details);
  return isCut ? "response.incomplete" : type;
}

/** Does a good stream end with it? */
export function isEnding(type: string): boolean {
  return type === "response.completed" || type === "response.incomplete";
}

/** What the stream knows that the upstream's response object may lack. */
export interface ResponseFacts {
  readonly type: string;
  readonly modelId: string;
  /** For a response without one. */
  readonly id: string;
  readonly createdAtSeconds: number;
  /** What of stored turns it has to repeat, as raw JSON by key. */
  readonly told?: Changes | undefined;
}

/** Raw JSON of the response in this event, with the public model and what the SDKs need; the rest keeps its text. */
export function writeResponse(data: string, response: JsonObject, facts: ResponseFacts): string {
  const changes: Record<string, string> = {
    ...facts.told,
    model: JSON.stringify(facts.modelId),
  };
  const put = (key: string, value: unknown) => {
    changes[key] = JSON.stringify(value);
  };
  if (response.id !== facts.id) put("id", facts.id);
  if (response.object !== "response") put("object", "response");
  if (typeof response.created_at !== "number") put("created_at", facts.createdAtSeconds);
  const status = STATUSES.get(facts.type);
  if (typeof response.status !== "string" || isEnding(facts.type)) put("status", status);
  for (const key of ["error", "incomplete_details"] as const) {
    if (response[key] === undefined) put(key, null);
  }
  if (Array.isArray(response.output)) {
    const output = withIds(response.output, facts.id);
    if (output) put("output", output);
  } else if (status === "in_progress" || status === "queued") {
    put("output", []);
  }
  const { usage } = response;
  if (isObject(usage)) {
    const details = missingDetails(usage);
    if (details) put("usage", { ...usage, ...details });
  }
  return spliceText(rawResponse(data), changes satisfies Changes);
}

/** What an event of any other type must not tell: the upstream's model. Raw JSON by key. */
export function hideModel(data: string, event: JsonObject, modelId: string): Changes {
  const model = JSON.stringify(modelId);
  const changes: Record<string, string> = {};
  if (event.model !== undefined) changes.model = model;
  if (isObject(event.response) && event.response.model !== undefined) {
    changes.response = spliceText(rawResponse(data), { model });
  }
  return changes;
}

/** undefined: every item has its id. */
function withIds(output: readonly unknown[], id: string): unknown[] | undefined {
  const lacks = (item: unknown): item is JsonObject => isObject(item) && !item.id;
  if (!output.some(lacks)) return undefined;
  const seed = seedOf(id);
  return output.map((item, index) =>
    lacks(item) ? { ...item, id: makeItemId(item, { index, seed }) } : item,
  );
}

function missingDetails(usage: JsonObject): JsonObject | undefined {
  const details: Record<string, unknown> = {};
  if (!isObject(usage.input_tokens_details)) details.input_tokens_details = { cached_tokens: 0 };
  if (!isObject(usage.output_tokens_details)) {
    details.output_tokens_details = { reasoning_tokens: 0 };
  }
  return Object.keys(details).length > 0 ? details : undefined;
}

/** The last of them, as the parser sees it. */
function rawResponse(data: string): string {
  const { offsets } = scan(data, Number.POSITIVE_INFINITY);
  let raw = "{}";
  for (const [key, { valueStart, end }] of entriesOf(data, offsets)) {
    if (key === "response") raw = data.slice(valueStart, end);
  }
  return raw;
}

/** A response's id as the dialect wants it; undefined: it has none. */
export function idOf(response: JsonObject): string | undefined {
  const { id } = response;
  return typeof id === "string" && id !== "" ? responseId(id) : undefined;
}

/** What of a response's id goes into the ids of its items. */
export function seedOf(id: string): string {
  return id.slice("resp_".length);
}
