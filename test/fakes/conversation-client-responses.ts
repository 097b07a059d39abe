/** A client of Responses: everything that the dialect can say, as OpenAI documents it and Codex uses it. */
import type {
  Citation,
  Conversation,
  DocumentPart,
  FunctionTool,
  Media,
  OutputFormat,
  Part,
  ReasoningWish,
  Tool,
  ToolChoice,
  Turn,
} from "../../src/conversation.ts";
import { packProof } from "../../src/wire/proof.ts";

type Members = Readonly<Record<string, unknown>>;

/** The body; members that are undefined are not sent. */
export function responsesRequest(said: Conversation): Members {
  const { output, sampling, turns, tools, toolChoice } = said;
  const [first] = turns;
  const [system] = first?.role === "system" ? first.parts : [];
  const instructions = system?.kind === "text" ? system.text : undefined;
  const rest = instructions === undefined ? turns : turns.slice(1);
  return {
    model: said.target,
    instructions,
    input: rest.flatMap(itemsOf),
    tools: tools.length > 0 ? toolsOf(tools) : undefined,
    tool_choice: toolChoice && choiceOf(toolChoice, tools),
    parallel_tool_calls: said.parallelCalls,
    max_output_tokens: output.tokensMax,
    text: { format: output.format && formatOf(output.format), verbosity: output.verbosity },
    reasoning: said.reasoning && reasoningOf(said.reasoning),
    include: sampling.logprobs ? ["message.output_text.logprobs"] : undefined,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_logprobs: sampling.topLogprobs,
    user: said.user,
    prompt_cache_key: said.cacheKey,
    service_tier: said.serviceTier,
    metadata: said.metadata,
    stream: said.stream,
  };
}

function itemsOf({ role, parts }: Turn): Members[] {
  const items: Members[] = [];
  let content: Members[] = [];
  for (const part of parts) {
    const item = itemOf(part);
    if (item === undefined) {
      if (content.length === 0) items.push({ type: "message", role, content });
      content.push(contentOf(part, role));
      continue;
    }
    content = [];
    items.push(item);
  }
  return items;
}

/** undefined: a part of a message. */
function itemOf(part: Part): Members | undefined {
  switch (part.kind) {
    case "call": {
      const { id: call_id, name, namespace, input } = part;
      return part.custom
        ? { type: "custom_tool_call", call_id, name, namespace, input }
        : { type: "function_call", call_id, name, namespace, arguments: input };
    }
    case "result": {
      const type = part.custom ? "custom_tool_call_output" : "function_call_output";
      const output = part.parts.map((inner) => contentOf(inner, "user"));
      return { type, call_id: part.callId, output };
    }
    case "reasoning":
    case "redacted": {
      const text = part.kind === "reasoning" ? part.text : "";
      return {
        type: "reasoning",
        summary: text === "" ? [] : [{ type: "summary_text", text }],
        encrypted_content: part.proof && packProof(part.proof, "responses"),
      };
    }
    default:
      return undefined;
  }
}

function contentOf(part: Part, role: Turn["role"]): Members {
  switch (part.kind) {
    case "text":
      return role === "assistant"
        ? { type: "output_text", text: part.text, annotations: part.citations?.map(citationOf) }
        : { type: "input_text", text: part.text };
    case "refusal":
      return { type: "refusal", refusal: part.text };
    case "image":
      return { type: "input_image", detail: part.detail, ...imageOf(part.source) };
    case "document":
      return { type: "input_file", filename: part.title, ...fileOf(part.source) };
    case "audio":
      return { type: "input_audio", input_audio: { data: part.data, format: part.format } };
    default:
      throw new Error(`Responses has no ${part.kind} here`);
  }
}

function citationOf({ url, title, start, end }: Citation): Members {
  return { type: "url_citation", url, title, start_index: start, end_index: end };
}

function imageOf(source: Media): Members {
  return source.by === "file" ? { file_id: source.id } : { image_url: addressOf(source) };
}

function fileOf(source: DocumentPart["source"]): Members {
  if (source.by === "text") throw new Error("Responses has no document as text");
  if (source.by === "url") return { file_url: source.url };
  return source.by === "file" ? { file_id: source.id } : { file_data: addressOf(source) };
}

function addressOf(source: Exclude<Media, { by: "file" }>): string {
  return source.by === "url" ? source.url : `data:${source.mediaType};base64,${source.data}`;
}

/** Each tool of a namespace in a namespace of its own. */
function toolsOf(tools: readonly Tool[]): Members[] {
  return tools.map((tool) => {
    if (tool.kind === "hosted") return { type: tool.type };
    if (tool.kind === "custom") {
      const { name, description, format } = tool;
      return { type: "custom", name, description, format };
    }
    const { namespace } = tool;
    if (namespace === undefined) return functionOf(tool);
    return {
      type: "namespace",
      name: namespace,
      description: namespace,
      tools: [functionOf(tool)],
    };
  });
}

function functionOf({ name, description, schema, strict }: FunctionTool): Members {
  return { type: "function", name, description, parameters: schema, strict };
}

function choiceOf(choice: ToolChoice, tools: readonly Tool[]): unknown {
  const one = (name: string) => {
    const isCustom = tools.some((tool) => tool.kind === "custom" && tool.name === name);
    return { type: isCustom ? "custom" : "function", name };
  };
  if (choice.kind === "tool") return { ...one(choice.name), namespace: choice.namespace };
  if (choice.kind !== "allowed") return choice.kind;
  const mode = choice.required ? "required" : "auto";
  return { type: "allowed_tools", mode, tools: choice.names.map(one) };
}

function formatOf(format: OutputFormat): Members {
  if (format.kind === "json") return { type: "json_object" };
  const { name, description, schema, strict } = format;
  return { type: "json_schema", name, description, schema, strict };
}

function reasoningOf({ effort, shown }: ReasoningWish): Members {
  return { effort, summary: shown === undefined ? undefined : shown ? "auto" : "none" };
}
