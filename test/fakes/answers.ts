/** What upstreams of the fake platform answer. */
import type { UpstreamReply } from "../../src/platform.ts";
import { replyOf, type Step, scriptedSource } from "./scripted-source.ts";
import { json, type Said, say } from "./upstream-chat.ts";

const ASKED = { model: "gpt-test", messages: [] };

/** An HTTP answer, one read for each of its frames. */
export function replying({ status, headers, frames }: Said): UpstreamReply {
  return replyOf(scriptedSource(frames), { status, headers });
}

/** A good answer to any request: whole, or as a stream. */
export function answering(body: string | undefined, text = "Hello."): UpstreamReply {
  const { stream } = JSON.parse(body ?? "{}");
  const options = stream ? { stream, stream_options: { include_usage: true } } : {};
  return replying(say({ ...ASKED, ...options }, text));
}

/** A stream of these reads. */
export function streaming(...steps: readonly Step[]): UpstreamReply {
  return replyOf(scriptedSource(steps));
}

/** Frames of a good stream: role, "Hello", " there", finish, usage, `[DONE]`. */
export const FRAMES: readonly string[] = say(
  { ...ASKED, stream: true, stream_options: { include_usage: true } },
  "Hello there",
).frames;

/** A status with nothing to say about it. */
export function failing(status: number, headers: Record<string, string> = {}): UpstreamReply {
  return replying(json(status, { error: { message: "No.", type: "server_error" } }, headers));
}

/** Never answers; only its caller's leaving ends it. */
export function silent(): Promise<UpstreamReply> {
  return new Promise(() => undefined);
}

/** Which provider a URL of the fake platform belongs to. */
export function providerOf(url: string): string {
  return new URL(url).hostname.split(".")[0] ?? "";
}
