/** A bounded map that forgets what was used least recently. */

/** The value of `key`, made when it is not there; it becomes the most recent. Removes the oldest beyond `max`. */
export function recent<V>(
  map: Map<string, V>,
  key: string,
  { max, make }: { max: number; make: () => V },
): V {
  const value = map.get(key) ?? make();
  map.delete(key);
  map.set(key, value);
  if (map.size > max) {
    const oldest = map.keys().next().value;
    if (oldest !== undefined) map.delete(oldest);
  }
  return value;
}
