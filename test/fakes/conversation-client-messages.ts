/** A client of Messages: everything that the dialect can say, as Anthropic documents it. */
import type {
  CacheMark,
  Citation,
  Conversation,
  DocumentPart,
  Part,
  ReasoningWish,
  Tool,
  ToolChoice,
} from "../../src/conversation.ts";
import { packProof } from "../../src/wire/proof.ts";

type Members = Readonly<Record<string, unknown>>;

/** The body; members that are undefined are not sent. Without a cap the dialect takes no request. */
export function messagesRequest(said: Conversation): Members {
  const { output, sampling, turns } = said;
  const [first] = turns;
  const system = first?.role === "system" ? first.parts : [];
  const messages = system.length > 0 ? turns.slice(1) : turns;
  const { format } = output;
  const schema = format?.kind === "schema" ? format.schema : undefined;
  return {
    model: said.target,
    system: system.length > 0 ? system.map(blockOf) : undefined,
    messages: messages.map(({ role, parts }) => ({ role, content: parts.map(blockOf) })),
    tools: said.tools.length > 0 ? said.tools.map(toolOf) : undefined,
    tool_choice: said.toolChoice && choiceOf(said.toolChoice, said.parallelCalls),
    thinking: said.reasoning && thinkingOf(said.reasoning),
    output_config: {
      effort: said.reasoning?.effort === "none" ? undefined : said.reasoning?.effort,
      format: schema && { type: "json_schema", schema },
    },
    max_tokens: output.tokensMax,
    stop_sequences: output.stop,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    stream: said.stream,
    metadata: { user_id: said.user },
    service_tier: said.serviceTier,
  };
}

function marked(cache: CacheMark | undefined): Members {
  return { cache_control: cache };
}

function blockOf(part: Part): Members {
  switch (part.kind) {
    case "text":
      return {
        type: "text",
        text: part.text,
        citations: part.citations?.map(citationOf),
        ...marked(part.cache),
      };
    case "image":
      return { type: "image", source: sourceOf(part.source), ...marked(part.cache) };
    case "document":
      return {
        type: "document",
        source: sourceOf(part.source),
        title: part.title,
        ...marked(part.cache),
      };
    case "reasoning":
      return {
        type: "thinking",
        thinking: part.text,
        signature: part.proof ? packProof(part.proof, "anthropic") : "",
      };
    case "redacted":
      return { type: "redacted_thinking", data: packProof(part.proof, "anthropic") };
    case "call": {
      const { id, name, input } = part;
      return { type: "tool_use", id, name, input: JSON.parse(input), ...marked(part.cache) };
    }
    case "result":
      return {
        type: "tool_result",
        tool_use_id: part.callId,
        content: part.parts.map(blockOf),
        is_error: part.isError,
        ...marked(part.cache),
      };
    default:
      throw new Error(`Messages has no ${part.kind}`);
  }
}

function sourceOf(source: DocumentPart["source"]): Members {
  switch (source.by) {
    case "url":
      return { type: "url", url: source.url };
    case "file":
      return { type: "file", file_id: source.id };
    case "base64":
      return { type: "base64", media_type: source.mediaType, data: source.data };
    case "text":
      return { type: "text", media_type: "text/plain", data: source.text };
  }
}

function citationOf({ url, title, quote }: Citation): Members {
  if (url === undefined) {
    return { type: "char_location", cited_text: quote, document_title: title, document_index: 0 };
  }
  const place = { type: "web_search_result_location", encrypted_index: "x" };
  return { ...place, url, title, cited_text: quote };
}

function toolOf(tool: Tool): Members {
  if (tool.kind === "hosted") return { type: tool.type, name: tool.type };
  if (tool.kind === "custom") throw new Error("Messages has no tools of free text");
  const { name, description, schema, strict, cache } = tool;
  return { name, description, input_schema: schema, strict, ...marked(cache) };
}

function choiceOf(choice: ToolChoice, parallelCalls: boolean | undefined): Members {
  const serial = parallelCalls === undefined ? undefined : !parallelCalls;
  const rest = { disable_parallel_tool_use: serial };
  if (choice.kind === "tool") return { type: "tool", name: choice.name, ...rest };
  if (choice.kind === "allowed") throw new Error("Messages has no choice of some tools");
  return { type: choice.kind === "required" ? "any" : choice.kind, ...rest };
}

/** Effort alone has its own member. */
function thinkingOf({ effort, budgetTokens, shown }: ReasoningWish): Members | undefined {
  if (effort === "none") return { type: "disabled" };
  if (budgetTokens === undefined && shown === undefined) return undefined;
  const display = shown === undefined ? undefined : shown ? "summarized" : "omitted";
  const type = budgetTokens === undefined ? "adaptive" : "enabled";
  return { type, budget_tokens: budgetTokens, display };
}
