/** One request of Chat for each thing that it can say. */
const PNG = "iVBORw0KGgoAAAANSUhEUg==";
const PDF = "JVBERi0xLjcKJSVFT0YK";
const SCHEMA = { type: "object", properties: {}, required: [], additionalProperties: false };
const HI = { role: "user", content: "Hi" };

function messages(...all: readonly object[]): { messages: readonly object[] } {
  return { messages: all };
}

/** A user's turn with a text and these parts. */
function shown(...parts: readonly object[]): { messages: readonly object[] } {
  return messages({ role: "user", content: [{ type: "text", text: "Look." }, ...parts] });
}

const TOOL = { type: "function", function: { name: "weather", parameters: SCHEMA } };
const CUSTOM = { type: "custom", custom: { name: "shell", description: "Runs it." } };
const CALL = { id: "call_1", type: "function", function: { name: "weather", arguments: "{}" } };
const CUSTOM_CALL = { id: "call_1", type: "custom", custom: { name: "shell", input: "ls" } };
const RESULT = { role: "tool", tool_call_id: "call_1", content: "sunny" };
const NAMED = { name: "answer", schema: SCHEMA };

/** Row → members of the body. */
export const CHAT_SPECIMENS = {
  "system turn": messages({ role: "system", content: "Be brief." }, HI),
  "developer turn": messages({ role: "developer", content: "Be brief." }, HI),
  "system turn after the first message": messages(
    HI,
    { role: "assistant", content: "Hello." },
    { role: "system", content: "Be brief." },
    HI,
  ),
  "name of a turn": messages({ ...HI, name: "Ada" }),
  text: messages(HI),
  "image by URL": shown({ type: "image_url", image_url: { url: "https://p.example/a.png" } }),
  "image in base64": shown({
    type: "image_url",
    image_url: { url: `data:image/png;base64,${PNG}` },
  }),
  "detail of an image": shown({
    type: "image_url",
    image_url: { url: "https://p.example/a.png", detail: "low" },
  }),
  "PDF in base64": shown({
    type: "file",
    file: { file_data: `data:application/pdf;base64,${PDF}` },
  }),
  "text in base64": shown({
    type: "file",
    file: { file_data: "data:text/plain;base64,SXQgaXMu" },
  }),
  "other document in base64": shown({
    type: "file",
    file: { file_data: "data:application/zip;base64,UEsDBA==" },
  }),
  "document by file id": shown({ type: "file", file: { file_id: "file-1" } }),
  "title of a document": shown({
    type: "file",
    file: { file_data: `data:application/pdf;base64,${PDF}`, filename: "a.pdf" },
  }),
  audio: shown({ type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } }),
  refusal: messages(HI, { role: "assistant", content: null, refusal: "I will not." }, HI),
  "other reasoning": messages(
    HI,
    {
      role: "assistant",
      content: "Hello.",
      reasoning_details: [{ type: "reasoning.text", text: "Hm.", signature: "sig" }],
    },
    HI,
  ),
  "other reasoning without words": messages(
    HI,
    {
      role: "assistant",
      content: "Hello.",
      reasoning_details: [{ type: "reasoning.text", text: "", signature: "sig" }],
    },
    HI,
  ),
  "other sealed reasoning": messages(
    HI,
    {
      role: "assistant",
      content: "Hello.",
      reasoning_details: [{ type: "reasoning.encrypted", data: "sealed" }],
    },
    HI,
  ),
  "function tool": { tools: [TOOL] },
  "strictness of a function": {
    tools: [{ type: "function", function: { ...TOOL.function, strict: true } }],
  },
  "custom tool": { tools: [CUSTOM] },
  "format of a custom tool": {
    tools: [
      {
        type: "custom",
        custom: {
          name: "shell",
          format: { type: "grammar", grammar: { syntax: "regex", definition: "l.*" } },
        },
      },
    ],
  },
  "tool that runs at the provider": { tools: [TOOL, { type: "web_search" }] },
  "choice of tools: auto, none, required": { tools: [TOOL], tool_choice: "required" },
  "choice of one tool": {
    tools: [TOOL],
    tool_choice: { type: "function", function: { name: "weather" } },
  },
  "choice of some tools": {
    tools: [TOOL, CUSTOM],
    tool_choice: {
      type: "allowed_tools",
      allowed_tools: {
        mode: "auto",
        tools: [{ type: "function", function: { name: "weather" } }],
      },
    },
  },
  "choice of a tool that runs at the provider": {
    tools: [{ type: "web_search" }],
    tool_choice: "required",
  },
  "forced call beside reasoning": {
    tools: [TOOL],
    tool_choice: "required",
    reasoning_effort: "low",
  },
  "parallel calls": { tools: [TOOL], parallel_tool_calls: false },
  call: messages(HI, { role: "assistant", tool_calls: [CALL] }, RESULT),
  "call of a custom tool": messages(HI, { role: "assistant", tool_calls: [CUSTOM_CALL] }, RESULT),
  result: messages(HI, { role: "assistant", tool_calls: [CALL] }, RESULT),
  "result of a custom tool": messages(HI, { role: "assistant", tool_calls: [CUSTOM_CALL] }, RESULT),
  "cap on output": { max_completion_tokens: 200 },
  "stop sequences": { stop: ["END"] },
  "JSON without a schema": { response_format: { type: "json_object" } },
  "JSON of a schema": { response_format: { type: "json_schema", json_schema: NAMED } },
  "name of the schema": { response_format: { type: "json_schema", json_schema: NAMED } },
  "description of the schema": {
    response_format: { type: "json_schema", json_schema: { ...NAMED, description: "It." } },
  },
  "strictness of the schema": {
    response_format: { type: "json_schema", json_schema: { ...NAMED, strict: true } },
  },
  verbosity: { verbosity: "low" },
  temperature: { temperature: 0.5 },
  "temperature above 1": { temperature: 1.5 },
  "temperature beside reasoning": { temperature: 0.5, reasoning_effort: "low" },
  "`top_p`": { top_p: 0.5 },
  "`top_p` beside reasoning": { top_p: 0.5, reasoning_effort: "low" },
  "`top_k`": { top_k: 5 },
  "`top_k` beside reasoning": { top_k: 5, reasoning_effort: "low" },
  seed: { seed: 7 },
  "presence penalty": { presence_penalty: 0.5 },
  "frequency penalty": { frequency_penalty: 0.5 },
  "logit bias": { logit_bias: { 50256: -100 } },
  logprobs: { logprobs: true },
  "top logprobs": { top_logprobs: 2 },
  "several choices": { n: 2 },
  "effort of reasoning": { reasoning_effort: "low" },
  "effort without room to think": { reasoning_effort: "low", max_completion_tokens: 100 },
  "end user": { user: "u1" },
  "key of a prompt cache": { prompt_cache_key: "k" },
  "service tier": { service_tier: "flex" },
  metadata: { metadata: { team: "a" } },
} as const satisfies Readonly<Record<string, object>>;
