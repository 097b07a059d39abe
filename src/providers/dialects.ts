/** Which dialects one provider speaks: as its row says, else as its kind does. */
import type { ProviderRecord } from "../catalog.ts";
import type { Dialect } from "../chat.ts";
import type { ProviderKind } from "./provider.ts";

/** Preferred first; `embeddings` last and always there where the kind has it. */
export function dialectsOf(
  provider: Pick<ProviderRecord, "baseUrl" | "endpoints" | "dialects">,
  { wires, vendor }: Pick<ProviderKind, "wires" | "vendor">,
): readonly Dialect[] {
  if (provider.dialects) {
    return wires.includes("embeddings") ? [...provider.dialects, "embeddings"] : provider.dialects;
  }
  if (!vendor) return wires;
  const servers = provider.endpoints.length > 0 ? provider.endpoints : [provider.baseUrl];
  return servers.every((url) => vendor.baseUrl.test(url)) ? vendor.wires : wires;
}
