/** The three doors of chat as clients use them: one short conversation, asked in each dialect. */

import { type Heard, heardStream, WHOLE } from "./heard.ts";
import type { Home } from "./homes.ts";

/** A dialect of chat. */
export type ChatDoor = "openai" | "anthropic" | "responses";

/** A call in the history, and its result. */
export interface Answered {
  readonly id: string;
  readonly name: string;
  readonly input: object;
  readonly result: string;
}

/** What is asked in all dialects alike. */
export interface Talk {
  readonly model: string;
  readonly text: string;
  /** After the text, in the same turn: `data:` or other URLs. */
  readonly images?: readonly string[];
  /** Names of tools that take a city. */
  readonly tools?: readonly string[];
  /** Already called, at once, with their results; the model speaks next. */
  readonly answered?: readonly Answered[];
  readonly stream?: boolean;
}

interface Door {
  readonly path: string;
  body(talk: Talk): Record<string, unknown>;
}

const SCHEMA = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
} as const;

/** Dialect → where its clients ask, and how. */
export const DOORS = {
  openai: {
    path: "/v1/chat/completions",
    body: ({ model, text, images = [], tools = [], answered = [], stream }) => ({
      model,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text },
            ...images.map((url) => ({ type: "image_url", image_url: { url } })),
          ],
        },
        ...(answered.length > 0 ? [{ role: "assistant", tool_calls: answered.map(chatCall) }] : []),
        ...answered.map(({ id, result }) => ({ role: "tool", tool_call_id: id, content: result })),
      ],
      ...(tools.length > 0 && {
        tools: tools.map((name) => ({ type: "function", function: { name, parameters: SCHEMA } })),
      }),
      ...(stream && { stream, stream_options: { include_usage: true } }),
    }),
  },
  anthropic: {
    path: "/v1/messages",
    body: ({ model, text, images = [], tools = [], answered = [], stream }) => ({
      model,
      max_tokens: 500,
      messages: [
        { role: "user", content: [{ type: "text", text }, ...images.map(imageBlock)] },
        ...(answered.length > 0
          ? [
              {
                role: "assistant",
                content: answered.map(({ id, name, input }) => {
                  return { type: "tool_use", id, name, input };
                }),
              },
              {
                role: "user",
                content: answered.map(({ id, result }) => {
                  return { type: "tool_result", tool_use_id: id, content: result };
                }),
              },
            ]
          : []),
      ],
      ...(tools.length > 0 && { tools: tools.map((name) => ({ name, input_schema: SCHEMA })) }),
      ...(stream && { stream }),
    }),
  },
  responses: {
    path: "/v1/responses",
    body: ({ model, text, images = [], tools = [], answered = [], stream }) => ({
      model,
      store: false,
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text },
            ...images.map((image_url) => ({ type: "input_image", image_url, detail: "auto" })),
          ],
        },
        ...answered.map(({ id, name, input }) => {
          return { type: "function_call", call_id: id, name, arguments: JSON.stringify(input) };
        }),
        ...answered.map(({ id, result }) => {
          return { type: "function_call_output", call_id: id, output: result };
        }),
      ],
      ...(tools.length > 0 && {
        tools: tools.map((name) => ({ type: "function", name, parameters: SCHEMA, strict: true })),
      }),
      ...(stream && { stream }),
    }),
  },
} as const satisfies Record<ChatDoor, Door>;

/** All of them. */
export const CHAT_DOORS = Object.keys(DOORS) as ChatDoor[];

/** Door and provider's dialect: all nine, for `describe.each`. */
export const PAIRS = CHAT_DOORS.flatMap((door) =>
  CHAT_DOORS.map((provider) => ({ door, provider })),
);

/** One provider of each dialect, named as it; without `base_url`. */
export const DIALECT_PROVIDERS = [
  { id: "openai" },
  { id: "anthropic", type: "anthropic", credential_source: "none" },
  { id: "responses", dialects: ["responses"] },
] as const;

/** An answer and its head. */
export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends a body, an object or its text, to a door. */
export async function knock(
  home: Pick<Home, "url" | "key">,
  door: ChatDoor,
  body: object | string,
): Promise<Told> {
  const response = await fetch(home.url + DOORS[door].path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": home.key },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** What a client of the door hears of a good answer; throws when it is none, or a stream did not end. */
export function heard(door: ChatDoor, { status, text }: Told, isStream: boolean): Heard {
  if (status !== 200) throw new Error(`${status} ${text}`);
  if (!isStream) return WHOLE[door](JSON.parse(text));
  const { ended, error, rest, ...said } = heardStream(door, text);
  if (!ended || error || rest.length > 0) throw new Error(text);
  return said;
}

function chatCall({ id, name, input }: Answered): object {
  return { id, type: "function", function: { name, arguments: JSON.stringify(input) } };
}

function imageBlock(url: string): object {
  const [, media_type, data] = /^data:([^;]+);base64,(.*)$/.exec(url) ?? [];
  const source = data ? { type: "base64", media_type, data } : { type: "url", url };
  return { type: "image", source };
}
