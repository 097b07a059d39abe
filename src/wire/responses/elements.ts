/** The raw texts of the elements of a JSON list. */

/** Each element as it stands there, less the space around it. The text must be known to be a JSON array. */
export function elementsOf(raw: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < raw.length; at++) {
    const char = raw[at];
    if (char === '"') {
      at = stringEnd(raw, at);
    } else if (char === "[" || char === "{") {
      if (depth++ === 0) from = at + 1;
    } else if (char === "]" || char === "}") {
      depth--;
    }
    const ends = depth === 0 ? char === "]" : depth === 1 && char === ",";
    if (!ends) continue;
    const element = raw.slice(from, at).trim();
    if (element !== "") elements.push(element);
    from = at + 1;
  }
  return elements;
}

/** Offset of the closing quote of the string that begins here. */
function stringEnd(raw: string, start: number): number {
  for (let at = start + 1; at < raw.length; at++) {
    if (raw[at] === "\\") at++;
    else if (raw[at] === '"') return at;
  }
  return raw.length;
}
