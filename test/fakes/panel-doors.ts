/** One question at each door that knows orchestrations, whole or streamed, and what came back, in one shape. */
import { eventsOf } from "./client.ts";
import type { Home } from "./homes.ts";

/** What is asked, whatever the door. */
export interface PanelAsked {
  readonly orchestration?: object;
  readonly policy?: object;
  /** Default: "Why is the sky blue?" */
  readonly text?: string;
  /** Default: `*`. */
  readonly model?: string;
  readonly stream?: boolean;
  /** Name of the one tool; default: none. */
  readonly tool?: string;
  /** Members of the dialect's body, beside the others. */
  readonly more?: object;
  readonly key?: string;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What came back. */
export interface PanelAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly raw: string;
  /** The words of the answer. */
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever a gateway says.
  readonly decision: any;
  // biome-ignore lint/suspicious/noExplicitAny: whatever a gateway says.
  readonly artifacts: any;
  // biome-ignore lint/suspicious/noExplicitAny: whatever a gateway says.
  readonly error: any;
  // biome-ignore lint/suspicious/noExplicitAny: whatever a gateway says.
  readonly stages: readonly any[];
}

interface DoorOf {
  body(asked: PanelAsked & { readonly text: string; readonly model: string }): object;
}

const PARAMETERS = { type: "object", properties: { city: { type: "string" } } };
const said = (content: string) => [{ role: "user", content }];
const tokenhub = ({ orchestration, policy }: PanelAsked) => ({
  tokenhub: { orchestration, policy, include_decision: true },
});
const functions = (tool: string | undefined) =>
  tool && { tools: [{ type: "function", function: { name: tool, parameters: PARAMETERS } }] };

const envelope: DoorOf = {
  body: ({ text, model, stream, tool, more, orchestration, policy }) => ({
    request: {
      ...{ messages: said(text), stream },
      ...(model !== "*" && { model_hint: model }),
      parameters: { ...functions(tool) },
      ...more,
    },
    ...{ orchestration, policy },
  }),
};

/** Path → how it is asked. */
export const PANEL_DOORS = {
  "/v1/chat": envelope,
  "/v1/plan": envelope,
  "/v1/chat/completions": {
    body: (asked) => ({
      ...{ model: asked.model, messages: said(asked.text), stream: asked.stream },
      ...{ ...functions(asked.tool), ...tokenhub(asked), ...asked.more },
    }),
  },
  "/v1/messages": {
    body: (asked) => ({
      ...{ model: asked.model, max_tokens: 400, messages: said(asked.text), stream: asked.stream },
      ...(asked.tool && { tools: [{ name: asked.tool, input_schema: PARAMETERS }] }),
      ...{ ...tokenhub(asked), ...asked.more },
    }),
  },
  "/v1/responses": {
    body: (asked) => ({
      ...{ model: asked.model, input: asked.text, stream: asked.stream },
      ...(asked.tool && {
        tools: [{ type: "function", name: asked.tool, parameters: PARAMETERS, strict: false }],
      }),
      ...{ ...tokenhub(asked), ...asked.more },
    }),
  },
} as const satisfies Record<string, DoorOf>;

/** A door's path. */
export type PanelDoor = keyof typeof PANEL_DOORS;

/** All of them, for `test.each`. */
export const PANEL_PATHS = Object.keys(PANEL_DOORS) as PanelDoor[];

/** Asks, and reads to the end. */
export async function askPanelDoor(
  home: Pick<Home, "url" | "key">,
  path: PanelDoor,
  asked: PanelAsked = {},
): Promise<PanelAnswer> {
  const { text = "Why is the sky blue?", model = "*", key = home.key, signal } = asked;
  const response = await fetch(home.url + path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      ...asked.headers,
    },
    body: JSON.stringify(PANEL_DOORS[path].body({ ...asked, text, model })),
    ...(signal && { signal }),
  });
  const raw = await response.text();
  const { status, headers } = response;
  return { status, headers, raw, ...(asked.stream && status === 200 ? streamed(raw) : whole(raw)) };
}

function whole(raw: string) {
  const body = JSON.parse(raw);
  const { decision, artifacts } = body.tokenhub ?? body;
  const answer = body.response ?? body;
  const parts = answer.content ?? answer.output?.flatMap((one: Item) => one.content ?? []) ?? [];
  const text = answer.choices?.[0]?.message.content ?? parts.map((one: Part) => one.text).join("");
  return { text, decision, artifacts, error: body.error ?? undefined, stages: [] };
}

interface Part {
  readonly text?: string;
}

interface Item {
  readonly content?: readonly Part[];
}

const COMMENT = "tokenhub stage=";

function streamed(raw: string) {
  const events = eventsOf(raw);
  const values = events
    .filter(({ data }) => data.startsWith("{"))
    .map(({ name, data }) => ({ name, value: JSON.parse(data) }));
  const named = (wanted: string) =>
    values.filter(({ name }) => name === wanted).map(({ value }) => value);
  const comments = events
    .filter(({ name, data }) => name === "comment" && data.startsWith(COMMENT))
    .map(({ data }) => JSON.parse(data.slice(COMMENT.length)));
  const { decision, artifacts } = named("tokenhub.decision")[0] ?? {};
  const text = values
    .map(
      ({ name, value }) =>
        value.choices?.[0]?.delta?.content ??
        (name === "content_block_delta" ? value.delta.text : undefined) ??
        (name === "response.output_text.delta" ? value.delta : ""),
    )
    .join("");
  const failed = values.find(({ value }) => value.error ?? value.response?.error)?.value;
  const error = failed?.error ?? failed?.response?.error;
  return { text, decision, artifacts, error, stages: [...named("tokenhub.stage"), ...comments] };
}
