/** A client of Chat: everything that the dialect can say, as OpenAI and OpenRouter document it. */
import type {
  CallPart,
  Conversation,
  DocumentPart,
  Media,
  OutputFormat,
  Part,
  Tool,
  ToolChoice,
  Turn,
} from "../../src/conversation.ts";
import { isObject } from "../../src/wire/json.ts";
import { packProof } from "../../src/wire/proof.ts";

type Members = Readonly<Record<string, unknown>>;

/** The body; members that are undefined are not sent. */
export function chatRequest(said: Conversation): Members {
  const { output, sampling, toolChoice, tools } = said;
  return {
    model: said.target,
    messages: said.turns.flatMap(messagesOf),
    tools: tools.length > 0 ? tools.map(toolOf) : undefined,
    tool_choice: toolChoice && choiceOf(toolChoice, tools),
    parallel_tool_calls: said.parallelCalls,
    max_completion_tokens: output.tokensMax,
    stop: output.stop.length > 0 ? output.stop : undefined,
    response_format: output.format && formatOf(output.format),
    verbosity: output.verbosity,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    seed: sampling.seed,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    logit_bias: sampling.logitBias,
    logprobs: sampling.logprobs,
    top_logprobs: sampling.topLogprobs,
    n: sampling.choices,
    reasoning_effort: said.reasoning?.effort,
    stream: said.stream,
    stream_options: { include_usage: said.usageWanted },
    user: said.user,
    prompt_cache_key: said.cacheKey,
    service_tier: said.serviceTier,
    metadata: said.metadata,
  };
}

function messagesOf({ role, parts, name }: Turn): Members[] {
  const results = parts.filter((part) => part.kind === "result");
  if (results.length > 0) {
    return results.map((result) => ({
      role: "tool",
      tool_call_id: result.callId,
      content: result.parts.map(contentOf),
    }));
  }
  if (role !== "assistant") return [{ role, name, content: parts.map(contentOf) }];
  const refusal = parts.find((part) => part.kind === "refusal");
  const calls = parts.filter((part) => part.kind === "call");
  const thoughts = parts.filter(({ kind }) => kind === "reasoning" || kind === "redacted");
  return [
    {
      role,
      content: parts.filter((part) => part.kind === "text").map(contentOf),
      refusal: refusal?.text,
      tool_calls: calls.length > 0 ? calls.map(callOf) : undefined,
      reasoning_details: thoughts.length > 0 ? thoughts.map(thoughtOf) : undefined,
    },
  ];
}

function contentOf(part: Part): Members {
  switch (part.kind) {
    case "text":
      return { type: "text", text: part.text };
    case "image":
      return {
        type: "image_url",
        image_url: { url: addressOf(part.source), detail: part.detail },
      };
    case "document":
      return { type: "file", file: fileOf(part) };
    case "audio":
      return { type: "input_audio", input_audio: { data: part.data, format: part.format } };
    default:
      throw new Error(`Chat has no ${part.kind} here`);
  }
}

function fileOf({ source, title }: DocumentPart): Members {
  if (source.by === "file") return { file_id: source.id, filename: title };
  if (source.by !== "base64") throw new Error(`Chat has no document by ${source.by}`);
  return { file_data: addressOf(source), filename: title };
}

function addressOf(source: Media): string {
  if (source.by === "file") throw new Error("Chat has no image by id");
  return source.by === "url" ? source.url : `data:${source.mediaType};base64,${source.data}`;
}

function thoughtOf(part: Part): Members {
  if (part.kind === "redacted") {
    return { type: "reasoning.encrypted", data: packProof(part.proof, "openai") };
  }
  if (part.kind !== "reasoning") throw new Error("no thought");
  const signature = part.proof && packProof(part.proof, "openai");
  return { type: "reasoning.text", text: part.text, signature };
}

function callOf({ id, name, input, custom }: CallPart): Members {
  if (custom) return { id, type: "custom", custom: { name, input } };
  return { id, type: "function", function: { name, arguments: input } };
}

function toolOf(tool: Tool): Members {
  if (tool.kind === "hosted") return { type: tool.type };
  const { name, description } = tool;
  if (tool.kind === "custom") {
    return { type: "custom", custom: { name, description, format: nested(tool.format) } };
  }
  const { schema, strict } = tool;
  return { type: "function", function: { name, description, parameters: schema, strict } };
}

/** A grammar stands in a member of its own here. */
function nested(format: unknown): unknown {
  if (!isObject(format) || format.type !== "grammar") return format;
  const { type, ...grammar } = format;
  return { type, grammar };
}

function choiceOf(choice: ToolChoice, tools: readonly Tool[]): unknown {
  const one = (name: string) => {
    const isCustom = tools.some((tool) => tool.kind === "custom" && tool.name === name);
    return isCustom
      ? { type: "custom", custom: { name } }
      : { type: "function", function: { name } };
  };
  if (choice.kind === "tool") return one(choice.name);
  if (choice.kind !== "allowed") return choice.kind;
  const mode = choice.required ? "required" : "auto";
  return { type: "allowed_tools", allowed_tools: { mode, tools: choice.names.map(one) } };
}

function formatOf(format: OutputFormat): Members {
  if (format.kind === "json") return { type: "json_object" };
  const { name, description, schema, strict } = format;
  return { type: "json_schema", json_schema: { name, description, schema, strict } };
}
