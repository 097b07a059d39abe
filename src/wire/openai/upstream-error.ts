/** Errors that come where an answer was due. */

/** The upstream's error in any shape seen: an object, a string, the whole event, FastAPI's `detail`. */
export function errorOf(event: Readonly<Record<string, unknown>>): unknown {
  if (event.error !== undefined && event.error !== null) return event.error;
  if (event.object === "error") return event;
  if (event.detail !== undefined && event.detail !== null && event.choices === undefined) {
    return event.detail;
  }
  return undefined;
}
