/** How the vault stands. */
import { ApiError, get } from "./api.ts";
import type { VaultStatus } from "./shapes.ts";

/** @throws ApiError; a vault that is switched off is a state and no error. */
export async function vaultStatus(): Promise<VaultStatus> {
  try {
    return await get<VaultStatus>("/vault");
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { state: "off" };
    throw error;
  }
}
