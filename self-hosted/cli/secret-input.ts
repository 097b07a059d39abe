/** Secrets come from a person who types them unseen, or as lines of standard input; never as arguments. */
import { InputError } from "./input-error.ts";

/** Where a command takes secrets from. */
export interface SecretInput {
  /** A person sits there, who may have mistyped. */
  readonly isTyped: boolean;
  /** The next line; `prompt` is shown to a person only. @throws InputError: there is none, or it is no text. */
  line(prompt: string): Promise<string>;
}

/** What is used of `process.stdin`. */
export interface SecretSource {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  on(event: "end", listener: () => void): unknown;
  off(event: "data", listener: (chunk: Buffer) => void): unknown;
  off(event: "end", listener: () => void): unknown;
  resume(): unknown;
  pause(): unknown;
  /** Does it keep the process alive? Files have neither. */
  ref?(): unknown;
  unref?(): unknown;
}

/** Longer than any password or key. */
const LINE_BYTES_MAX = 16 * 1024;

/** What a terminal in raw mode sends for keys. */
const KEY = { interrupt: 0x03, end: 0x04, backspace: 0x08, clear: 0x15, delete: 0x7f } as const;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Reads from this source; prompts go to `show`. Bytes behind a line wait for the next one. */
export function secretInput(source: SecretSource, show: (text: string) => void): SecretInput {
  const isTyped = source.isTTY === true;
  let waiting: Buffer = Buffer.alloc(0);
  let hasEnded = false;
  let isAfterReturn = false;

  /** A return and the newline behind it are one end of line. */
  function receive(chunk: Buffer): void {
    waiting = Buffer.concat([waiting, chunk]);
    if (waiting.length === 0) return;
    if (isAfterReturn && waiting[0] === NEWLINE) waiting = waiting.subarray(1);
    isAfterReturn = false;
  }

  /** Fills the line; the end of the source ends it too. */
  function collect(into: Line): Promise<void> {
    return new Promise((resolve, reject) => {
      let settled = false;
      const settle = (then: () => void) => {
        settled = true;
        source.off("data", take);
        source.off("end", end);
        source.pause();
        // A stream that is paused inside its own event reads on once more.
        source.unref?.();
        then();
      };
      const take = (chunk: Buffer) => {
        receive(chunk);
        try {
          const used = into.take(waiting);
          isAfterReturn = waiting[used - 1] === RETURN;
          waiting = waiting.subarray(used);
        } catch (error) {
          return settle(() => reject(error));
        }
        if (into.isWhole()) settle(resolve);
      };
      const end = () => {
        hasEnded = true;
        settle(resolve);
      };
      source.on("data", take);
      source.on("end", end);
      source.ref?.();
      if (waiting.length > 0) take(Buffer.alloc(0));
      if (settled) return;
      if (hasEnded) end();
      else source.resume();
    });
  }

  // It may end while nobody waits for a line.
  source.on("end", () => {
    hasEnded = true;
  });

  return {
    isTyped,
    async line(prompt) {
      const into = isTyped ? typedLine() : pipedLine();
      if (isTyped) {
        show(prompt);
        source.setRawMode?.(true);
      }
      try {
        await collect(into);
      } finally {
        if (isTyped) {
          source.setRawMode?.(false);
          show("\n");
        }
      }
      const bytes = into.bytes();
      if (bytes.length === 0 && !into.isWhole()) {
        throw new InputError("a secret was expected on standard input, and nothing came");
      }
      return textOf(bytes);
    },
  };
}

interface Line {
  /** Answers how many of the bytes it used. @throws Error. */
  take(bytes: Buffer): number;
  isWhole(): boolean;
  bytes(): Uint8Array;
}

function pipedLine(): Line {
  return lineOf((bytes, byte) => void bytes.push(byte));
}

function typedLine(): Line {
  return lineOf((bytes, byte) => {
    if (byte === KEY.interrupt) throw new Error("interrupted; nothing was changed");
    if (byte === KEY.end) return "whole";
    if (byte === KEY.clear) bytes.length = 0;
    else if (byte === KEY.backspace || byte === KEY.delete) dropLetter(bytes);
    else bytes.push(byte);
  });
}

function lineOf(each: (bytes: number[], byte: number) => "whole" | undefined): Line {
  const bytes: number[] = [];
  let whole = false;
  return {
    take(chunk) {
      for (const [at, byte] of chunk.entries()) {
        whole = byte === NEWLINE || byte === RETURN || each(bytes, byte) === "whole";
        if (whole) return at + 1;
        if (bytes.length > LINE_BYTES_MAX) throw new InputError("the line is too long");
      }
      return chunk.length;
    },
    isWhole: () => whole,
    bytes: () => Uint8Array.from(bytes),
  };
}

/** A letter outside ASCII is several bytes, and all but its first look alike. */
function dropLetter(bytes: number[]): void {
  let byte = bytes.pop();
  while (byte !== undefined && (byte & 0xc0) === 0x80) byte = bytes.pop();
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new InputError("what came on standard input is not UTF-8");
  }
}
