/** What the scripted vendor of each dialect would answer, to be changed before it is sent. */
import { type ChatDoor, DOORS, type Talk } from "./doors.ts";
import { type ChatBody, type Said, say } from "./upstream-chat.ts";
import { answerMessages } from "./upstream-messages.ts";
import { answerResponses } from "./upstream-responses.ts";
import { newMemory } from "./upstream-strict.ts";

/** Its answer to this talk; `text` is what its model says, unless it calls. Throws where it would refuse the talk. */
export function answerOf(dialect: ChatDoor, talk: Talk, text?: string): Said {
  const said = saidBy(dialect, talk, text);
  if (said.status !== 200) throw new Error(said.frames.join(""));
  return said;
}

function saidBy(dialect: ChatDoor, talk: Talk, text?: string): Said {
  const body = DOORS[dialect].body(talk);
  const given = { body, models: [talk.model], memory: newMemory(), text };
  switch (dialect) {
    case "openai":
      return say(body as unknown as ChatBody, text);
    case "anthropic": {
      const headers = { "anthropic-version": "2023-06-01" };
      return answerMessages({ ...given, headers, threads: false, isCount: false });
    }
    case "responses":
      return answerResponses(given);
  }
}

/** Dialect → in which words a complete answer ends, and in which one that reached its cap. */
const ENDS = {
  openai: [['"finish_reason":"stop"', '"finish_reason":"length"']],
  anthropic: [['"stop_reason":"end_turn"', '"stop_reason":"max_tokens"']],
  responses: [
    ["response.completed", "response.incomplete"],
    ['"status":"completed"', '"status":"incomplete"'],
    ['"incomplete_details":null', '"incomplete_details":{"reason":"max_output_tokens"}'],
  ],
} as const satisfies Record<ChatDoor, readonly (readonly [string, string])[]>;

/** The same answer, cut by the cap on its output. */
export function cutShort(dialect: ChatDoor, said: Said): Said {
  const cut = (frame: string) =>
    ENDS[dialect].reduce((text, [whole, short]) => text.replaceAll(whole, short), frame);
  return { ...said, frames: said.frames.map((frame) => cut(frame)) };
}
