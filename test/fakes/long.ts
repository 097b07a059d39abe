/** How often a property is tried: a short count in `npm test`, a long one in `npm run test:long`. */
export function runs(short: number, long: number): number {
  return globalThis.process?.env?.TOKENHUB_LONG ? long : short;
}
