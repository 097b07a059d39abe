/** One form for all conversations that say the same, so that two of different dialects can be compared. */
import type { Conversation, Part, Tool, Turn } from "../../src/conversation.ts";
import { isObject } from "../../src/wire/json.ts";

/** What a writer must give where the conversation does not say it. */
export interface Defaults {
  /** Messages demands a cap. */
  readonly tokensMax: number | undefined;
}

/** Differences in it are none in meaning; everything else is as it was. */
export function formOf(said: Conversation, defaults: Defaults): Conversation {
  const { output, sampling, reasoning, tools, toolChoice } = said;
  const isCallable = tools.some(({ kind }) => kind !== "hosted");
  const isFree = toolChoice === undefined || toolChoice.kind === "auto";
  const isSilent = !isCallable || toolChoice?.kind === "none";
  return {
    ...said,
    turns: numbered(merged(said.turns)).map(turnOf),
    tools: tools.map(toolOf),
    toolChoice: isCallable && !isFree ? toolChoice : undefined,
    // Several calls at once are allowed unless forbidden.
    parallelCalls: said.parallelCalls === false && !isSilent ? false : undefined,
    output: {
      ...output,
      tokensMax: output.tokensMax ?? defaults.tokensMax,
      // OpenAI demands a name.
      format:
        output.format?.kind === "schema"
          ? { ...output.format, name: output.format.name ?? "answer" }
          : output.format,
    },
    sampling: {
      ...sampling,
      logprobs: sampling.logprobs || undefined,
      topLogprobs: sampling.topLogprobs || undefined,
    },
    // Responses shows nothing that is not asked for.
    reasoning: reasoning && known({ ...reasoning, shown: reasoning.shown || undefined }),
    usageWanted: true,
  };
}

function known<Value extends object>(value: Value): Value | undefined {
  return Object.values(value).some((member) => member !== undefined) ? value : undefined;
}

/** Neighbours of one role as one turn, with results first; texts of a system as one. */
export function merged(turns: readonly Turn[]): Turn[] {
  const all: Turn[] = [];
  for (const turn of turns) {
    const last = all.at(-1);
    if (last?.role !== turn.role) all.push(turn);
    else all[all.length - 1] = { ...last, parts: [...last.parts, ...turn.parts] };
  }
  return all.map((turn) => ({ ...turn, parts: ordered(turn) }));
}

function ordered({ role, parts }: Turn): readonly Part[] {
  if (role === "system") return joined(parts);
  if (role !== "user") return parts;
  const results = parts.filter(({ kind }) => kind === "result");
  return [...results, ...parts.filter(({ kind }) => kind !== "result")];
}

/** Responses has one text of instructions. */
function joined(parts: readonly Part[]): readonly Part[] {
  const texts = parts.flatMap((part) =>
    part.kind === "text" && part.cache === undefined ? part.text : [],
  );
  if (texts.length < parts.length || texts.length === 0) return parts;
  return [{ kind: "text", text: texts.join("\n\n") }];
}

function turnOf({ role, name, parts }: Turn): Turn {
  return { role, name, parts: parts.map(partOf) };
}

function partOf(part: Part): Part {
  switch (part.kind) {
    case "image":
      return { ...part, detail: part.detail ?? "auto" };
    case "document":
      // Bytes have some name in both of OpenAI's dialects.
      return part.source.by === "base64" ? { ...part, title: part.title ?? "document.pdf" } : part;
    case "reasoning":
      // Ids of items are the dialect's own. Without words nothing but the proof is left.
      if (part.text === "" && part.proof) return { kind: "redacted", proof: part.proof };
      return { ...part, id: undefined };
    case "result":
      return { ...part, parts: part.parts.map(partOf) };
    default:
      return part;
  }
}

/** Ids by the order of the calls: a dialect may not take all letters in them. */
function numbered(turns: readonly Turn[]): Turn[] {
  const ids = new Map<string, string>();
  const idOf = (id: string) => {
    const given = ids.get(id) ?? `call_${ids.size}`;
    ids.set(id, given);
    return given;
  };
  return turns.map((turn) => ({
    ...turn,
    parts: turn.parts.map((part) => {
      if (part.kind === "call") return { ...part, id: idOf(part.id) };
      return part.kind === "result" ? { ...part, callId: idOf(part.callId) } : part;
    }),
  }));
}

/** Every schema is one of an object, and strict only where that is said. */
function toolOf(tool: Tool): Tool {
  if (tool.kind !== "function") return tool;
  const schema = isObject(tool.schema) ? tool.schema : { properties: {} };
  return { ...tool, schema: { ...schema, type: "object" }, strict: tool.strict || undefined };
}
