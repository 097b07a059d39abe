/** Lines of an event stream to events. */
import { AttemptFault } from "../errors.ts";

/** One dispatched event. */
export interface SseEvent {
  /** The `event:` field; undefined: none. */
  readonly event: string | undefined;
  /** Several data lines are joined by a line feed. */
  readonly data: string;
}

const SPACE = 0x20;

/** Takes whole lines ended by LF; keeps the unfinished event between calls. */
export function createFieldParser(dataCharsMax: number): (text: string) => SseEvent[] {
  let data: string | undefined;
  let event: string | undefined;

  function add(line: string): void {
    data = data === undefined ? line : `${data}\n${line}`;
    if (data.length > dataCharsMax) throw tooLong();
  }

  return (text) => {
    const events: SseEvent[] = [];
    let end: number;
    for (let from = 0; from < text.length; from = end + 1) {
      end = text.indexOf("\n", from);
      const line = text.slice(from, end);
      if (line === "") {
        if (data !== undefined) events.push({ event, data });
        data = undefined;
        event = undefined;
      } else if (line.startsWith("data:") || line === "data") {
        add(valueAt(line, 5));
      } else if (line.startsWith("event:") || line === "event") {
        event = valueAt(line, 6) || undefined;
      }
    }
    return events;
  };
}

/** A field's value from this offset on, less one leading space. */
function valueAt(line: string, offset: number): string {
  return line.slice(line.charCodeAt(offset) === SPACE ? offset + 1 : offset);
}

/** A line, or the data of one event, is beyond the limit. */
export function tooLong(): AttemptFault {
  return new AttemptFault("transient", "sse-line-too-long");
}
