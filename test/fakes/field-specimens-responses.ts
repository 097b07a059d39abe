/** One request of Responses for each thing that it can say. */
const PNG = "iVBORw0KGgoAAAANSUhEUg==";
const PDF = "JVBERi0xLjcKJSVFT0YK";
const SCHEMA = { type: "object", properties: {}, required: [], additionalProperties: false };
const HI = { role: "user", content: "Hi" };
const HELLO = { role: "assistant", content: "Hello." };

function input(...all: readonly object[]): { input: readonly object[] } {
  return { input: all };
}

/** A user's turn with a text and these parts. */
function shown(...parts: readonly object[]): { input: readonly object[] } {
  return input({ role: "user", content: [{ type: "input_text", text: "Look." }, ...parts] });
}

/** What the assistant said before. */
function said(...parts: readonly object[]): { input: readonly object[] } {
  return input(HI, { type: "message", role: "assistant", content: parts }, HI);
}

const TOOL = { type: "function", name: "weather", parameters: SCHEMA };
const CUSTOM = { type: "custom", name: "shell", description: "Runs it." };
const HOSTED = { type: "web_search" };
const CALL = { type: "function_call", call_id: "call_1", name: "weather", arguments: "{}" };
const CUSTOM_CALL = { type: "custom_tool_call", call_id: "call_1", name: "shell", input: "ls" };
const FORMAT = { type: "json_schema", name: "answer", schema: SCHEMA };

/** A call and this output. */
function answered(output: unknown): { input: readonly object[] } {
  return input(HI, CALL, { type: "function_call_output", call_id: "call_1", output });
}

const CUSTOM_ANSWERED = input(HI, CUSTOM_CALL, {
  type: "custom_tool_call_output",
  call_id: "call_1",
  output: "a.txt",
});
const IMAGE = { type: "input_image", image_url: `data:image/png;base64,${PNG}` };
const DOCUMENT = { type: "input_file", file_data: `data:application/pdf;base64,${PDF}` };

/** Row → members of the body. */
export const RESPONSES_SPECIMENS = {
  "system turn": { instructions: "Be brief." },
  "developer turn": input({ role: "developer", content: "Be brief." }, HI),
  "system turn after the first message": input(
    HI,
    HELLO,
    { role: "system", content: "Be brief." },
    HI,
  ),
  text: input(HI),
  "image by URL": shown({ type: "input_image", image_url: "https://p.example/a.png" }),
  "image in base64": shown(IMAGE),
  "image by file id": shown({ type: "input_image", file_id: "file-1" }),
  "detail of an image": shown({ ...IMAGE, detail: "low" }),
  "document by URL": shown({ type: "input_file", file_url: "https://p.example/a.pdf" }),
  "PDF in base64": shown(DOCUMENT),
  "text in base64": shown({ type: "input_file", file_data: "data:text/plain;base64,SXQgaXMu" }),
  "other document in base64": shown({
    type: "input_file",
    file_data: "data:application/zip;base64,UEsDBA==",
  }),
  "document by file id": shown({ type: "input_file", file_id: "file-1" }),
  "title of a document": shown({ ...DOCUMENT, filename: "a.pdf" }),
  audio: shown({ type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } }),
  refusal: said({ type: "refusal", refusal: "I will not." }),
  "citation of a URL": said({
    type: "output_text",
    text: "It is.",
    annotations: [
      { type: "url_citation", url: "https://p.example/", title: "P", start_index: 0, end_index: 6 },
    ],
  }),
  "other reasoning": input(
    HI,
    { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm." }] },
    HELLO,
    HI,
  ),
  "other reasoning without words": input(
    HI,
    { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "sealed" },
    HELLO,
    HI,
  ),
  "other sealed reasoning": input(
    HI,
    { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "thk1.openai.sealed" },
    HELLO,
    HI,
  ),
  "function tool": { tools: [TOOL] },
  "strictness of a function": { tools: [{ ...TOOL, strict: true }] },
  "custom tool": { tools: [CUSTOM] },
  "format of a custom tool": {
    tools: [{ ...CUSTOM, format: { type: "grammar", syntax: "regex", definition: "l.*" } }],
  },
  "namespace of tools": {
    tools: [{ type: "namespace", name: "home", description: "home", tools: [TOOL] }],
  },
  "tool that runs at the provider": { tools: [TOOL, HOSTED] },
  "choice of tools: auto, none, required": { tools: [TOOL], tool_choice: "required" },
  "choice of one tool": { tools: [TOOL], tool_choice: { type: "function", name: "weather" } },
  "choice of some tools": {
    tools: [TOOL, CUSTOM],
    tool_choice: {
      type: "allowed_tools",
      mode: "auto",
      tools: [{ type: "function", name: "weather" }],
    },
  },
  "choice of a tool that runs at the provider": { tools: [HOSTED], tool_choice: "required" },
  "forced call beside reasoning": {
    tools: [TOOL],
    tool_choice: "required",
    reasoning: { effort: "low" },
  },
  "parallel calls": { tools: [TOOL], parallel_tool_calls: false },
  call: answered("sunny"),
  "call of a custom tool": CUSTOM_ANSWERED,
  result: answered("sunny"),
  "result of a custom tool": CUSTOM_ANSWERED,
  "image in a result": answered([IMAGE]),
  "document in a result": answered([DOCUMENT]),
  "cap on output": { max_output_tokens: 200 },
  "JSON without a schema": { text: { format: { type: "json_object" } } },
  "JSON of a schema": { text: { format: FORMAT } },
  "name of the schema": { text: { format: FORMAT } },
  "description of the schema": { text: { format: { ...FORMAT, description: "It." } } },
  "strictness of the schema": { text: { format: { ...FORMAT, strict: true } } },
  verbosity: { text: { verbosity: "low" } },
  temperature: { temperature: 0.5 },
  "temperature above 1": { temperature: 1.5 },
  "temperature beside reasoning": { temperature: 0.5, reasoning: { effort: "low" } },
  "`top_p`": { top_p: 0.5 },
  "`top_p` beside reasoning": { top_p: 0.5, reasoning: { effort: "low" } },
  logprobs: { include: ["message.output_text.logprobs"] },
  "top logprobs": { top_logprobs: 2 },
  "effort of reasoning": { reasoning: { effort: "low" } },
  "reasoning is shown": { reasoning: { effort: "low", summary: "auto" } },
  "effort without room to think": { reasoning: { effort: "low" }, max_output_tokens: 100 },
  "reasoning is shown without room to think": {
    reasoning: { effort: "low", summary: "auto" },
    max_output_tokens: 100,
  },
  "end user": { user: "u1" },
  "key of a prompt cache": { prompt_cache_key: "k" },
  "service tier": { service_tier: "flex" },
  metadata: { metadata: { team: "a" } },
} as const satisfies Readonly<Record<string, object>>;
