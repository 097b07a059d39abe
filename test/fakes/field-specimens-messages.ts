/** One request of Messages for each thing that it can say. */
const PNG = "iVBORw0KGgoAAAANSUhEUg==";
const PDF = "JVBERi0xLjcKJSVFT0YK";
const SCHEMA = { type: "object", properties: {}, required: [], additionalProperties: false };
const HI = { role: "user", content: "Hi" };
const HELLO = { role: "assistant", content: "Hello." };

function messages(...all: readonly object[]): { messages: readonly object[] } {
  return { messages: all };
}

/** A user's turn with a text and these blocks. */
function shown(...blocks: readonly object[]): { messages: readonly object[] } {
  return messages({ role: "user", content: [{ type: "text", text: "Look." }, ...blocks] });
}

/** What the assistant said before. */
function said(...blocks: readonly object[]): { messages: readonly object[] } {
  return messages(HI, { role: "assistant", content: blocks }, HI);
}

const TOOL = { name: "weather", input_schema: SCHEMA };
const CALL = { type: "tool_use", id: "toolu_1", name: "weather", input: {} };
const HOSTED = { type: "web_search_20250305", name: "web_search" };
const URL_CITATION = {
  type: "web_search_result_location",
  url: "https://p.example/",
  title: "P",
  encrypted_index: "e",
  cited_text: "It is.",
};
const WORDS_CITATION = {
  type: "char_location",
  cited_text: "It is.",
  document_index: 0,
  document_title: "D",
  start_char_index: 0,
  end_char_index: 6,
};

/** A call and this result. */
function answered(result: object): { messages: readonly object[] } {
  return messages(
    HI,
    { role: "assistant", content: [CALL] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", ...result }] },
  );
}

const IMAGE = { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } };
const DOCUMENT = {
  type: "document",
  source: { type: "base64", media_type: "application/pdf", data: PDF },
};

/** Row → members of the body. */
export const MESSAGES_SPECIMENS = {
  "system turn": { system: "Be brief." },
  "system turn after the first message": messages(
    HI,
    HELLO,
    HI,
    { role: "system", content: "Be brief." },
    HELLO,
    HI,
  ),
  text: messages(HI),
  "image by URL": shown({
    type: "image",
    source: { type: "url", url: "https://p.example/a.png" },
  }),
  "image in base64": shown(IMAGE),
  "image by file id": shown({ type: "image", source: { type: "file", file_id: "file_1" } }),
  "document by URL": shown({
    type: "document",
    source: { type: "url", url: "https://p.example/a.pdf" },
  }),
  "PDF in base64": shown(DOCUMENT),
  "document as text": shown({
    type: "document",
    source: { type: "text", media_type: "text/plain", data: "It is." },
  }),
  "document by file id": shown({ type: "document", source: { type: "file", file_id: "file_1" } }),
  "title of a document": shown({ ...DOCUMENT, title: "a.pdf" }),
  "citation of a URL": said({ type: "text", text: "It is.", citations: [URL_CITATION] }),
  "citation of words": said({ type: "text", text: "It is.", citations: [WORDS_CITATION] }),
  "other reasoning": said(
    { type: "thinking", thinking: "Hm.", signature: "sig" },
    { type: "text", text: "Hello." },
  ),
  "other reasoning without words": said(
    { type: "thinking", thinking: "", signature: "sig" },
    { type: "text", text: "Hello." },
  ),
  "other sealed reasoning": said(
    { type: "redacted_thinking", data: "sealed" },
    { type: "text", text: "Hello." },
  ),
  "mark of a prompt cache": shown({
    type: "text",
    text: "Long.",
    cache_control: { type: "ephemeral" },
  }),
  "function tool": { tools: [TOOL] },
  "strictness of a function": { tools: [{ ...TOOL, strict: true }] },
  "tool that runs at the provider": { tools: [TOOL, HOSTED] },
  "choice of tools: auto, none, required": { tools: [TOOL], tool_choice: { type: "any" } },
  "choice of one tool": { tools: [TOOL], tool_choice: { type: "tool", name: "weather" } },
  "choice of a tool that runs at the provider": { tools: [HOSTED], tool_choice: { type: "any" } },
  "parallel calls": {
    tools: [TOOL],
    tool_choice: { type: "auto", disable_parallel_tool_use: true },
  },
  call: answered({ content: "sunny" }),
  result: answered({ content: "sunny" }),
  "image in a result": answered({ content: [IMAGE] }),
  "document in a result": answered({ content: [DOCUMENT] }),
  "result that is an error": answered({ content: "No.", is_error: true }),
  "cap on output": { max_tokens: 200 },
  "stop sequences": { stop_sequences: ["END"] },
  "JSON of a schema": { output_config: { format: { type: "json_schema", schema: SCHEMA } } },
  temperature: { temperature: 0.5 },
  "`top_p`": { top_p: 0.5 },
  "`top_k`": { top_k: 5 },
  "`top_k` beside reasoning": { top_k: 5, thinking: { type: "adaptive" } },
  "effort of reasoning": { output_config: { effort: "low" } },
  "budget of reasoning": {
    max_tokens: 2_000,
    thinking: { type: "enabled", budget_tokens: 1_024 },
  },
  "reasoning is shown": { thinking: { type: "adaptive", display: "summarized" } },
  "reasoning is shown without room to think": {
    max_tokens: 100,
    thinking: { type: "adaptive", display: "summarized" },
  },
  "end user": { metadata: { user_id: "u1" } },
  "service tier": { service_tier: "standard_only" },
} as const satisfies Readonly<Record<string, object>>;
