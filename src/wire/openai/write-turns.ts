/** Turns of a conversation to messages, for a provider. */
import type {
  CallPart,
  DocumentPart,
  ImagePart,
  Media,
  Part,
  ResultPart,
  Turn,
} from "../../conversation.ts";
import { unsupported } from "./given.ts";

type Members = Readonly<Record<string, unknown>>;

/** Some name is demanded beside the bytes of a file. */
const UNTITLED = "document.pdf";

/**
 * Usually one message. A turn with tool results is a message for each of them, then one of the user with what a
 * tool message cannot hold and with the rest.
 */
export function writeTurn(turn: Turn): Members[] {
  switch (turn.role) {
    case "system":
    case "developer":
      // Every server knows this role; few know the other.
      return [{ role: "system", content: contentOf(turn.parts), name: turn.name }];
    case "assistant":
      return [writeAssistant(turn)];
    case "user":
      return writeUser(turn);
  }
}

function writeUser({ parts, name }: Turn): Members[] {
  const results = parts.filter((part) => part.kind === "result");
  const rest = parts.filter((part) => part.kind !== "result");
  const media = results.flatMap((result) => result.parts.filter(isMedia));
  const messages = results.map(writeResult);
  const said = [...media, ...rest];
  if (results.length > 0 && said.length === 0) return messages;
  return [...messages, { role: "user", content: contentOf(said), name }];
}

function writeResult({ callId, parts }: ResultPart): Members {
  const texts = parts.filter((part) => !isMedia(part));
  return { role: "tool", tool_call_id: callId, content: contentOf(texts) };
}

/** What is more than text, so that a tool message has no place for it. */
function isMedia(part: Part): boolean {
  return part.kind === "image" || (part.kind === "document" && part.source.by !== "text");
}

function writeAssistant({ parts, name }: Turn): Members {
  const texts = parts.filter((part) => part.kind === "text");
  const calls = parts.filter((part) => part.kind === "call");
  const refusals = parts.flatMap((part) => (part.kind === "refusal" ? part.text : []));
  const message: Record<string, unknown> = { role: "assistant" };
  const isSilent = texts.length === 0 && (calls.length > 0 || refusals.length > 0);
  message.content = isSilent ? null : contentOf(texts);
  if (refusals.length > 0) message.refusal = refusals.join("");
  if (calls.length > 0) message.tool_calls = calls.map(writeCall);
  if (name !== undefined) message.name = name;
  return message;
}

function writeCall({ id, name, input, custom }: CallPart): Members {
  if (custom) return { id, type: "custom", custom: { name, input } };
  return { id, type: "function", function: { name, arguments: input === "" ? "{}" : input } };
}

/** One text as it is, for servers that know no parts. */
function contentOf(parts: readonly Part[]): string | Members[] {
  const written = parts.map(writePart).filter((part) => part !== undefined);
  const [first] = written;
  if (!first) return "";
  return written.length === 1 && typeof first.text === "string" ? first.text : written;
}

function writePart(part: Part): Members | undefined {
  switch (part.kind) {
    case "text":
      return { type: "text", text: part.text };
    case "image":
      return writeImage(part);
    case "document":
      return writeDocument(part);
    case "audio":
      return { type: "input_audio", input_audio: { data: part.data, format: part.format } };
    default:
      return undefined;
  }
}

function writeImage({ source, detail }: ImagePart): Members {
  if (source.by === "file") return unsupported("messages");
  return { type: "image_url", image_url: { url: addressOf(source), detail } };
}

function addressOf(source: Exclude<Media, { by: "file" }>): string {
  return source.by === "url" ? source.url : `data:${source.mediaType};base64,${source.data}`;
}

function writeDocument({ source, title }: DocumentPart): Members {
  switch (source.by) {
    case "text":
      return {
        type: "text",
        text: title === undefined ? source.text : `${title}\n\n${source.text}`,
      };
    case "file":
      return { type: "file", file: { file_id: source.id, filename: title } };
    case "base64":
      return { type: "file", file: { filename: title ?? UNTITLED, file_data: addressOf(source) } };
    case "url":
      return unsupported("messages");
  }
}
