/** A bounded map that forgets what was used least recently. */

/**
 * The value of `key`, made when it is not there. In a full map it becomes the most recent and the oldest is
 * removed for a new one; before that no order is kept, which every request would pay for.
 */
export function recent<V>(
  map: Map<string, V>,
  key: string,
  { max, make }: { max: number; make: () => V },
): V {
  const found = map.get(key);
  if (found !== undefined && map.size < max) return found;
  const value = found ?? make();
  map.delete(key);
  map.set(key, value);
  if (map.size > max) {
    const oldest = map.keys().next().value;
    if (oldest !== undefined) map.delete(oldest);
  }
  return value;
}
