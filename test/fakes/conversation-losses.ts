/** What is left of a conversation when a row of the table of fields is dropped, or told in other words. */
import type {
  Conversation,
  OutputWish,
  ReasoningWish,
  Sampling,
  Tool,
} from "../../src/conversation.ts";
import {
  asText,
  asWords,
  type Change,
  citations,
  type Lost,
  lateSystem,
  mediaBehind,
  onlyAllowed,
  type Plain,
  parts,
  reasoning,
  turns,
} from "./conversation-losses-turns.ts";

/** Some rows bring forth what others change: the order of this table is that of the changes. */
const CHANGES: Readonly<Record<string, Change>> = {
  "name of a turn": turns((turn) => ({ ...turn, name: undefined })),
  "system turn after the first message": lateSystem,
  "developer turn": turns((turn) =>
    turn.role === "developer" ? { ...turn, role: "system" } : turn,
  ),
  "mark of a prompt cache": (said) => ({
    ...parts((part) => ("cache" in part ? { ...part, cache: undefined } : part))(said),
    tools: said.tools.map((tool) =>
      tool.kind === "function" ? { ...tool, cache: undefined } : tool,
    ),
  }),
  "detail of an image": parts((part) =>
    part.kind === "image" ? { ...part, detail: undefined } : part,
  ),
  "text in base64": parts((part) => (part.kind === "document" ? asText(part) : part)),
  "document as text": parts((part) => (part.kind === "document" ? asWords(part) : part)),
  refusal: parts((part) => (part.kind === "refusal" ? { kind: "text", text: part.text } : part)),
  "citation of a URL": (said, { isMapped }) =>
    citations(({ quote, ...citation }) => {
      if (citation.url === undefined) return { ...citation, quote };
      return isMapped ? { url: citation.url, title: citation.title } : undefined;
    })(said),
  "citation of words": citations((citation) => (citation.url === undefined ? undefined : citation)),
  "reasoning that the target's dialect has proven": reasoning(true),
  "other reasoning": reasoning(false),
  "other reasoning without words": reasoning(false),
  "sealed reasoning of the target's dialect": reasoning(true),
  "other sealed reasoning": reasoning(false),
  "image in a result": mediaBehind,
  "document in a result": mediaBehind,
  "result that is an error": parts((part) =>
    part.kind === "result" ? { ...part, isError: false } : part,
  ),
  // Calls and their tools get their own names and inputs back.
  "namespace of tools": (said) => said,
  "call of a custom tool": (said) => said,
  "result of a custom tool": (said) => said,
  "custom tool": tools((tool) =>
    tool.kind === "custom" ? { kind: "custom", name: tool.name } : tool,
  ),
  "format of a custom tool": tools((tool) =>
    tool.kind === "custom" ? { kind: "custom", name: tool.name } : tool,
  ),
  "tool that runs at the provider": (said) => ({
    ...said,
    tools: said.tools.filter(({ kind }) => kind !== "hosted"),
  }),
  "choice of some tools": onlyAllowed,
  "forced call beside reasoning": (said) => ({ ...said, toolChoice: undefined }),
  "name of the schema": format({ name: undefined }),
  "description of the schema": format({ description: undefined }),
  "strictness of the schema": format({ strict: undefined }),
  verbosity: output({ verbosity: undefined }),
  "temperature above 1": (said) =>
    sampling({ temperature: Math.min(said.sampling.temperature ?? 1, 1) })(said),
  "temperature beside reasoning": sampling({ temperature: undefined }),
  "`top_p` beside reasoning": sampling({ topP: undefined }),
  "`top_k`": sampling({ topK: undefined }),
  "`top_k` beside reasoning": sampling({ topK: undefined }),
  seed: sampling({ seed: undefined }),
  "presence penalty": sampling({ presencePenalty: undefined }),
  "frequency penalty": sampling({ frequencyPenalty: undefined }),
  "effort without room to think": wish({ effort: undefined, budgetTokens: undefined }),
  "effort of reasoning": (said, { to }) =>
    wish(to === "openai" ? highest(said) : vague(said))(said),
  "budget of reasoning": (said) => wish(vague(said))(said),
  "reasoning is shown": wish({ shown: undefined }),
  "reasoning is shown without room to think": wish({ shown: undefined }),
  "key of a prompt cache": (said) => ({ ...said, cacheKey: undefined }),
  "service tier": (said) => ({ ...said, serviceTier: undefined }),
  metadata: (said) => ({ ...said, metadata: undefined }),
};

/** @throws Error for a row whose loss is not known here. */
export function without(said: Conversation, losses: readonly Lost[]): Conversation {
  for (const { name } of losses) {
    if (!Object.hasOwn(CHANGES, name)) throw new Error(`What is left without "${name}"?`);
  }
  return Object.entries(CHANGES).reduce(
    (left, [name, change]) =>
      losses
        .filter((lost) => lost.name === name)
        .reduce((before, lost) => change(before, lost), left),
    said,
  );
}

function tools(change: (tool: Tool) => Tool): Plain {
  return (said) => ({ ...said, tools: said.tools.map(change) });
}

function output(changes: Partial<OutputWish>): Plain {
  return (said) => ({ ...said, output: { ...said.output, ...changes } });
}

function format(changes: Readonly<Record<string, undefined>>): Plain {
  return (said) => {
    const { format: wished } = said.output;
    return wished ? output({ format: { ...wished, ...changes } })(said) : said;
  };
}

function sampling(changes: Partial<Sampling>): Plain {
  return (said) => ({ ...said, sampling: { ...said.sampling, ...changes } });
}

function wish(changes: Partial<ReasoningWish>): Plain {
  return (said) => ({ ...said, reasoning: said.reasoning && { ...said.reasoning, ...changes } });
}

/** Is thinking wished at all? How much of it a budget or an effort means, each dialect sees in its own way. */
function vague({ reasoning: wished }: Conversation): Partial<ReasoningWish> {
  const { effort, budgetTokens } = wished ?? {};
  const isWished = effort !== undefined || budgetTokens !== undefined;
  return { effort: effort === "none" || !isWished ? effort : "some", budgetTokens: undefined };
}

function highest({ reasoning: wished }: Conversation): Partial<ReasoningWish> {
  return wished?.effort === "max" ? { effort: "xhigh" } : {};
}
