/** The vault's door: status, init, unlock, lock, change of password, rotation of the data key. */
import { z } from "zod";
import { TokenhubError } from "../../errors.ts";
import type { VaultStatus } from "../../platform.ts";
import { DONE, isoTime, okShape } from "./answer.ts";
import { type AdminCall, type AdminRoute, adminRoute } from "./route.ts";

const statusShape = z
  .object({
    state: z.enum(["uninitialised", "sealed", "unsealed", "tampered"]),
    epoch: z.int(),
    keepers: z.array(z.object({ name: z.string(), open: z.boolean() })),
    sealed_reason: z.string().nullable(),
    failures: z.int(),
    refused_until: z.string().nullable(),
    rollback_suspected: z.boolean(),
  })
  .meta({ id: "VaultStatus" });

/** Whatever the vault takes for a password it judges itself; this only keeps floods out. */
const password = z.string().max(4096);
const passwordBody = z.strictObject({ admin_password: password });

const changeBody = z.strictObject({ admin_password: password, new_password: password });

/** @throws TokenhubError not_found: the operator switched it off. */
function vaultOf({ gateway }: AdminCall) {
  if (gateway.settings.vaultEnabled) return gateway.platform.vault;
  const detail = "The vault is switched off (TOKENHUB_VAULT_ENABLED).";
  throw new TokenhubError("not_found", { detail });
}

function told(status: VaultStatus) {
  return {
    state: status.state,
    epoch: status.epoch,
    keepers: status.keepers.map(({ name, isOpen }) => ({ name, open: isOpen })),
    sealed_reason: status.sealedReason ?? null,
    failures: status.failures,
    refused_until: status.refusedUntilMs === 0 ? null : isoTime(status.refusedUntilMs),
    rollback_suspected: status.rollbackSuspected,
  };
}

const OPEN = { guard: "admin", answer: okShape, isSecret: true } as const;

/** Everything below `/vault`. */
export const vaultRoutes: readonly AdminRoute[] = [
  adminRoute({
    ...{ method: "GET", path: "/vault", guard: "admin", summary: "How the vault stands" },
    answer: statusShape,
    handle: async (call) => ({ body: told(await vaultOf(call).status()) }),
  }),
  adminRoute({
    ...{ method: "POST", path: "/vault/init", summary: "Give the vault its password, once" },
    ...{ ...OPEN, body: passwordBody },
    async handle(call) {
      await vaultOf(call).init(call.body.admin_password, call.audit({ action: "vault.init" }));
      return { ...DONE, status: 201 };
    },
  }),
  adminRoute({
    ...{ method: "POST", path: "/vault/unlock", summary: "Open the vault" },
    ...{ ...OPEN, body: passwordBody },
    async handle(call) {
      await vaultOf(call).unlock(call.body.admin_password, call.audit({ action: "vault.unlock" }));
      return DONE;
    },
  }),
  adminRoute({
    ...{ method: "POST", path: "/vault/lock", guard: "admin", summary: "Seal the vault" },
    answer: okShape,
    async handle(call) {
      await vaultOf(call).lock(call.audit({ action: "vault.lock" }));
      return DONE;
    },
  }),
  adminRoute({
    ...{ method: "POST", path: "/vault/change-password", summary: "Another password" },
    ...{ ...OPEN, body: changeBody },
    stepUp: () => true,
    async handle(call) {
      const { admin_password: from, new_password: to } = call.body;
      const by = call.audit({ action: "vault.change-password" });
      await vaultOf(call).changePassword({ from, to }, by);
      return DONE;
    },
  }),
  adminRoute({
    ...{ method: "POST", path: "/vault/rotate", guard: "admin" },
    summary: "A new data key; every stored key is sealed again",
    answer: z.object({ ok: z.literal(true), resealed: z.int() }),
    stepUp: () => true,
    async handle(call) {
      // A keeper that has restarted needs the password once more, also from who needs no step-up.
      const password = call.exchange.header("x-tokenhub-step-up");
      if (password !== undefined && call.admin?.session === undefined) {
        await vaultOf(call).verify(password);
      }
      const { resealed } = await vaultOf(call).rotate(call.audit({ action: "vault.rotate" }));
      await call.gateway.snapshot.reload();
      return { body: { ok: true, resealed } };
    },
  }),
];
