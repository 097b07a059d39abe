/** What every message object of the dialect has, and what the servers that imitate it leave out. */

/** Members that the official clients read without asking whether they are there. */
export const MESSAGE_DEFAULTS = {
  type: "message",
  role: "assistant",
  content: [],
  stop_reason: null,
  stop_sequence: null,
} as const satisfies Readonly<Record<string, unknown>>;

const PREFIX = "msg_";

/** The upstream's id as the dialect spells ids (`chatcmpl-1` → `msg_1`); undefined: it is no id at all. */
export function messageId(id: unknown): string | undefined {
  if (typeof id !== "string" || id === "") return undefined;
  if (id.startsWith(PREFIX)) return id;
  return PREFIX + id.replace(/^chatcmpl-/, "").replace(/[^\w-]/g, "_");
}
