/** Server-sent events (WHATWG HTML, section 9.2): bytes to events, and events back to text. */
import { createFieldParser, type SseEvent, tooLong } from "./sse-fields.ts";

export type { SseEvent } from "./sse-fields.ts";

/** Decodes one stream; after it threw it must not be used again. */
export interface SseDecoder {
  /**
   * Events that these bytes complete. The bytes are not kept.
   * @throws AttemptFault transient `sse-line-too-long` for a line, or the data of one event, beyond the limit.
   */
  push(chunk: Uint8Array): SseEvent[];
}

const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = 0xfeff;
const LINE_END = /\r\n|\r|\n/;
/** Start of the buffer for an unfinished line; it doubles as needed. */
const PENDING_BYTES = 1024;
const EMPTY = new Uint8Array(0);

/**
 * An incremental decoder for one stream. Ends of line are LF, CR or CRLF; comments, ids and retry times are ignored;
 * bytes that are no UTF-8 become U+FFFD. An event that the stream does not end with an empty line is never dispatched.
 * Memory: at most twice `lineBytesMax` for an unfinished line, as much for the data of an unfinished event.
 */
export function createSseDecoder({ lineBytesMax }: { lineBytesMax: number }): SseDecoder {
  const utf8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
  const parser = createFieldParser(lineBytesMax);
  let pending = EMPTY;
  let pendingBytes = 0;
  let isFirstLine = true;
  let endedWithCr = false;

  function keep(bytes: Uint8Array): void {
    const bytesNeeded = pendingBytes + bytes.length;
    if (bytesNeeded > lineBytesMax) throw tooLong();
    if (bytesNeeded > pending.length) {
      const grown = new Uint8Array(Math.max(PENDING_BYTES, pending.length * 2, bytesNeeded));
      grown.set(pending.subarray(0, pendingBytes));
      pending = grown;
    }
    pending.set(bytes, pendingBytes);
    pendingBytes = bytesNeeded;
  }

  /** An unfinished line from earlier chunks with the first line of this one, and the rest. */
  function lines(whole: Uint8Array): string {
    let text = "";
    let rest = whole;
    if (pendingBytes > 0) {
      const end = lineEnd(whole);
      keep(whole.subarray(0, end));
      text = utf8.decode(pending.subarray(0, pendingBytes));
      pendingBytes = 0;
      rest = whole.subarray(end);
    }
    if (rest.length > lineBytesMax) refuseLongLines(rest, lineBytesMax);
    // A line end never falls inside a UTF-8 sequence, so that whole lines need no decoder state.
    text += utf8.decode(rest);
    if (isFirstLine) {
      isFirstLine = false;
      if (text.charCodeAt(0) === BYTE_ORDER_MARK) text = text.slice(1);
    }
    return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  }

  return {
    push(chunk) {
      const bytes = endedWithCr && chunk[0] === LF ? chunk.subarray(1) : chunk;
      if (chunk.length > 0) endedWithCr = chunk[chunk.length - 1] === CR;
      const end = linesEnd(bytes);
      if (end === 0) {
        keep(bytes);
        return [];
      }
      const events = parser(lines(bytes.subarray(0, end)));
      if (end < bytes.length) keep(bytes.subarray(end));
      return events;
    },
  };
}

/** Offset of the first end of line; the length when there is none. */
function lineEnd(bytes: Uint8Array): number {
  const at = bytes.findIndex((byte) => byte === LF || byte === CR);
  return at < 0 ? bytes.length : at;
}

/** Offset just after the last end of line; 0: there is none. */
function linesEnd(bytes: Uint8Array): number {
  if (bytes[bytes.length - 1] === LF) return bytes.length;
  return Math.max(bytes.lastIndexOf(LF), bytes.lastIndexOf(CR)) + 1;
}

function refuseLongLines(bytes: Uint8Array, lineBytesMax: number): void {
  let from = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== LF && bytes[at] !== CR) continue;
    if (at - from > lineBytesMax) throw tooLong();
    from = at + 1;
  }
}

/**
 * One event as a complete frame. Line ends inside `data` become further data lines, so that nothing in it can start
 * a field of its own; `event` must be a name of ours, never upstream text.
 */
export function frame({ event, data }: { event?: string; data: string }): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  const isOneLine = !data.includes("\n") && !data.includes("\r");
  return `${name}data: ${isOneLine ? data : data.split(LINE_END).join("\ndata: ")}\n\n`;
}
