/** Ids of calls. Some servers give one id to several calls, in one answer or in every answer anew. */
import type { Dialect } from "../chat.ts";
import type { Reply, ReplyEvent } from "../conversation.ts";
import { createUnique, FOREIGN } from "./tool-names.ts";

/** Enough to tell replies apart, short enough for every vendor's bound on ids. */
const REPLY_ID_CHARS = 24;

/** The call's own id, or one made of the reply's where it has none or another's. `index`: among the reply's calls. */
export function callIdOf(
  id: unknown,
  {
    replyId,
    index,
    taken,
  }: { replyId: string | undefined; index: number; taken: ReadonlySet<string> },
): string {
  if (typeof id === "string" && id !== "" && !taken.has(id)) return id;
  const letters = (replyId ?? "").replace(/[^A-Za-z0-9]/g, "").slice(-REPLY_ID_CHARS);
  let made = `call_${letters}_${index}`;
  while (taken.has(made)) made += "_";
  return made;
}

/** A whole answer in which every call has an id of its own. */
export function uniqueReply(reply: Reply): Reply {
  const taken = new Set<string>();
  const parts = reply.parts.map((part) => {
    if (part.kind !== "call") return part;
    const id = callIdOf(part.id, { replyId: reply.id, index: taken.size, taken });
    taken.add(id);
    return { ...part, id };
  });
  return { ...reply, parts };
}

/** The same for the events of one stream. Memory: the ids of its calls. */
export function uniqueEvents(): (event: ReplyEvent) => ReplyEvent {
  const taken = new Set<string>();
  let replyId: string | undefined;
  return (event) => {
    if (event.type === "reply-start") replyId = event.id;
    if (event.type !== "part-start" || event.part.kind !== "call") return event;
    const id = callIdOf(event.part.id, { replyId, index: taken.size, taken });
    taken.add(id);
    return { ...event, part: { ...event.part, id } };
  };
}

/** Ids of one history, to be asked in its order. */
export interface CallIds {
  call(id: string): string;
  /** The first call of that id that has no result yet; its last call when all have one. */
  result(id: string): string;
}

/** No vendor's ids come near. */
const ID_CHARS_MAX = 256;

/** As the dialect's providers take them: most are as they were, and a longer history keeps those of a shorter one. */
export function createCallIds(to: Dialect): CallIds {
  if (to !== "anthropic") return { call: (id) => id, result: (id) => id };
  const taken = new Set<string>();
  const unique = createUnique({ charsMax: ID_CHARS_MAX, taken });
  const calls = new Map<string, { readonly given: string[]; answered: number }>();
  const clean = (id: string) => id.replace(FOREIGN, "_") || "_";
  return {
    call(id) {
      const given = unique(clean(id));
      taken.add(given);
      const known = calls.get(id);
      if (known) known.given.push(given);
      else calls.set(id, { given: [given], answered: 0 });
      return given;
    },
    result(id) {
      const known = calls.get(id);
      return known?.given[known.answered++] ?? known?.given.at(-1) ?? clean(id);
    },
  };
}
