/** Input items of the Responses dialect, gathered to turns. */
import type { Part, ReasoningPart, RedactedPart, Role, Turn } from "../../conversation.ts";
import { isGiven, type JsonObject, refuse } from "../given.ts";
import { isObject } from "../json.ts";
import { unpackProof } from "../proof.ts";
import { readContent } from "./parts.ts";
import {
  elementsOf,
  memberOf,
  neededText,
  noteUnread,
  objectOf,
  type Piece,
  refuseUnsupported,
  textOf,
} from "./shape.ts";

const ROLES = {
  user: "user",
  assistant: "assistant",
  system: "system",
  developer: "developer",
} as const satisfies Record<string, Role>;

/** `id` and `status` are the provider's bookkeeping; they say nothing to a model. */
const KNOWN = {
  message: new Set(["type", "id", "status", "role", "content"]),
  call: new Set(["type", "id", "status", "call_id", "name", "namespace", "arguments"]),
  customCall: new Set(["type", "id", "status", "call_id", "name", "namespace", "input"]),
  result: new Set(["type", "id", "status", "call_id", "output"]),
  reasoning: new Set(["type", "id", "status", "summary", "content", "encrypted_content"]),
} as const satisfies Record<string, ReadonlySet<string>>;

const PARAGRAPH = "\n\n";

/** What one item says. */
interface Said {
  readonly role: Role;
  readonly parts: readonly Part[];
}

type ReadItem = (piece: Piece, called: Set<string>) => Said;

const READERS: ReadonlyMap<unknown, ReadItem> = new Map<unknown, ReadItem>([
  ["message", readMessage],
  ["function_call", (piece, called) => readCall(piece, { called, custom: false })],
  ["custom_tool_call", (piece, called) => readCall(piece, { called, custom: true })],
  ["function_call_output", (piece, called) => readResult(piece, { called, custom: false })],
  ["custom_tool_call_output", (piece, called) => readResult(piece, { called, custom: true })],
  ["reasoning", readReasoning],
]);

/**
 * Neighbouring items of the assistant make one turn, neighbouring results one turn of the user.
 * @throws TokenhubError invalid_value with the path, also for a result without its call before it;
 * unsupported_parameter for items that only their provider can understand.
 */
export function readItems(input: Piece): readonly Turn[] {
  if (typeof input.value === "string") {
    return [{ role: "user", parts: [{ kind: "text", text: input.value }] }];
  }
  const turns: { role: Role; parts: Part[] }[] = [];
  const called = new Set<string>();
  for (const piece of elementsOf(input)) {
    const item = objectOf(piece);
    const type = isGiven(item.type) || !isGiven(item.role) ? item.type : "message";
    const read = READERS.get(type);
    if (!read) return typeof type === "string" ? refuseUnsupported(piece.path) : refuse(piece.path);
    const { role, parts } = read(piece, called);
    const last = turns.at(-1);
    if (last && isOneTurn(last, { role, parts })) last.parts.push(...parts);
    else turns.push({ role, parts: [...parts] });
  }
  return turns;
}

function isOneTurn(last: Said, next: Said): boolean {
  if (last.role !== next.role) return false;
  if (next.role === "assistant") return true;
  return last.parts.at(-1)?.kind === "result" && next.parts[0]?.kind === "result";
}

function readMessage(piece: Piece): Said {
  noteUnread(piece, KNOWN.message);
  const role = memberOf(piece, "role");
  const name = neededText(role);
  if (!isRole(name)) return refuse(role.path);
  return { role: ROLES[name], parts: readContent(memberOf(piece, "content")) };
}

function isRole(name: string): name is keyof typeof ROLES {
  return Object.hasOwn(ROLES, name);
}

function readCall(
  piece: Piece,
  { called, custom }: { called: Set<string>; custom: boolean },
): Said {
  noteUnread(piece, custom ? KNOWN.customCall : KNOWN.call);
  const id = neededText(memberOf(piece, "call_id"));
  const name = neededText(memberOf(piece, "name"));
  const namespace = textOf(memberOf(piece, "namespace"));
  const input = neededText(memberOf(piece, custom ? "input" : "arguments"));
  called.add(id);
  const call = { kind: "call", id, name, input, custom } as const;
  return { role: "assistant", parts: [namespace === undefined ? call : { ...call, namespace }] };
}

function readResult(
  piece: Piece,
  { called, custom }: { called: Set<string>; custom: boolean },
): Said {
  noteUnread(piece, KNOWN.result);
  const id = memberOf(piece, "call_id");
  const callId = neededText(id);
  if (!called.has(callId)) return refuse(id.path);
  const parts = readContent(memberOf(piece, "output"));
  return { role: "user", parts: [{ kind: "result", callId, parts, isError: false, custom }] };
}

function readReasoning(piece: Piece): Said {
  noteUnread(piece, KNOWN.reasoning);
  textOf(memberOf(piece, "encrypted_content"));
  for (const name of ["summary", "content"]) {
    for (const part of elementsOf(memberOf(piece, name))) neededText(memberOf(part, "text"));
  }
  return { role: "assistant", parts: [reasoningOf(objectOf(piece))] };
}

/**
 * What a reasoning item says: its summary, else its own text; texts of wrong shape count for nothing. An item without
 * either whose proof belongs to another dialect is that dialect's redacted reasoning.
 */
export function reasoningOf(item: JsonObject): ReasoningPart | RedactedPart {
  const summary = textsOf(item.summary);
  const texts = summary.length > 0 ? summary : textsOf(item.content);
  const text = texts.join(PARAGRAPH);
  const id = typeof item.id === "string" ? { id: item.id } : {};
  const sealed = item.encrypted_content;
  if (typeof sealed !== "string" || sealed === "") return { kind: "reasoning", text, ...id };
  const proof = unpackProof(sealed, "responses");
  if (proof.of !== "responses" && texts.length === 0) return { kind: "redacted", proof };
  return { kind: "reasoning", text, proof, ...id };
}

function textsOf(list: unknown): readonly string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((part: unknown) =>
    isObject(part) && typeof part.text === "string" ? [part.text] : [],
  );
}
