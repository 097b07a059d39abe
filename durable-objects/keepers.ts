/** The vault as an isolate sees it: it asks the keepers, and remembers decrypted keys for a moment. */
import type { CredentialRecord } from "../src/credential.ts";
import { type ErrorCode, TokenhubError } from "../src/errors.ts";
import type { Platform, Vault, VaultStatus } from "../src/platform.ts";
import { Secret } from "../src/secret.ts";
import type { ObjectsEnv } from "./env.ts";

/** The three keepers; names are permanent. */
export const KEEPER_NAMES = ["0", "1", "2"] as const;
export type KeeperName = (typeof KEEPER_NAMES)[number];

/** The one that looks at passwords. */
export const COORDINATOR: KeeperName = "0";

/** Far from each other, so that what restarts one leaves the others alone. */
const LOCATIONS = {
  "0": "wnam",
  "1": "weur",
  "2": "apac",
} as const satisfies Record<KeeperName, DurableObjectLocationHint>;

/** What an isolate may ask of a keeper; keys are no part of it. */
export type KeeperMethod =
  | "status"
  | "init"
  | "unlock"
  | "verify"
  | "lock"
  | "changePassword"
  | "rotate"
  | "seal"
  | "secret"
  | "sealText"
  | "openText";

/** Which deployment asks. */
export interface VersionStamp {
  /** When it was uploaded, Unix ms. */
  readonly atMs: number;
}

/** What a keeper answers: a value, or the code of an error. */
export type KeeperReply = {
  readonly isOpen: boolean;
  readonly generation: number;
} & (
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly retryAfterMs: number | undefined;
      readonly param: string | undefined;
    }
);

interface KeeperStub {
  ask(
    method: KeeperMethod,
    args: unknown[],
    version: VersionStamp | undefined,
  ): Promise<KeeperReply>;
}

/** How long a decrypted key may stay in an isolate: so long may a lock take to be felt. */
export const REMEMBERED_MS = 30_000;
/** While the vault is sealed an isolate looks this often whether it still is. */
const RECHECK_MS = 2_000;

/** A new stub: one that outlives its request cannot be used by the next. */
export function keeperStub(env: ObjectsEnv, name: KeeperName): unknown {
  const { KEEPER } = env;
  const options = { locationHint: LOCATIONS[name], retry: { maxRetries: 0 } };
  return KEEPER.get(KEEPER.idFromName(name), options);
}

/** The vault of an isolate. */
export function edgeVault(env: ObjectsEnv, home: Pick<Platform, "nowMs" | "defer">): Vault {
  const atMs = Date.parse(env.CF_VERSION_METADATA?.timestamp ?? "") || undefined;
  const version = atMs === undefined ? undefined : { atMs };
  let remembered = new WeakMap<CredentialRecord, { secret: Secret; untilMs: number }>();
  // Optimistic: the first request finds out.
  let known = { isOpen: true, generation: 0, atMs: home.nowMs() };
  /** The keeper that answered last. */
  let nearest: KeeperName | undefined;

  async function ask(name: KeeperName, method: KeeperMethod, args: unknown[]): Promise<unknown> {
    const reply = await (keeperStub(env, name) as KeeperStub).ask(method, args, version);
    learn(reply);
    if (reply.ok) return reply.value;
    const { code, retryAfterMs, param } = reply;
    throw new TokenhubError(code, { retryAfterMs, param });
  }

  function learn({ isOpen, generation }: KeeperReply): void {
    if (generation < known.generation) return;
    // What was decrypted before the last lock or unlock is not used any more.
    if (generation > known.generation) {
      remembered = new WeakMap();
      known = { isOpen, generation, atMs: home.nowMs() };
    } else if (isOpen) known = { isOpen, generation, atMs: home.nowMs() };
  }

  /** The keeper that was quickest, else whichever answers first. */
  async function askAny(method: KeeperMethod, args: unknown[]): Promise<unknown> {
    if (nearest !== undefined) {
      try {
        return await ask(nearest, method, args);
      } catch (error) {
        nearest = undefined;
        if (error instanceof TokenhubError && error.code !== "vault_sealed") throw error;
      }
    }
    try {
      return await Promise.any(
        KEEPER_NAMES.map(async (name) => {
          const value = await ask(name, method, args);
          nearest ??= name;
          return value;
        }),
      );
    } catch (error) {
      const fault = worst(error as AggregateError);
      if (fault.code === "vault_sealed") known = { ...known, isOpen: false, atMs: home.nowMs() };
      throw fault;
    }
  }

  async function decrypt(credential: CredentialRecord): Promise<string> {
    const secret = (await askAny("secret", [credential])) as string;
    const untilMs = home.nowMs() + REMEMBERED_MS;
    remembered.set(credential, { secret: new Secret(secret), untilMs });
    return secret;
  }

  async function statusOf(name: KeeperName): Promise<VaultStatus> {
    return (await ask(name, "status", [])) as VaultStatus;
  }

  const coordinator = (method: KeeperMethod, ...args: unknown[]) => ask(COORDINATOR, method, args);

  return {
    secret(credential) {
      const known = remembered.get(credential);
      if (known && known.untilMs > home.nowMs()) return known.secret.use((text) => text);
      return decrypt(credential);
    },
    isOpen() {
      if (!known.isOpen && home.nowMs() - known.atMs >= RECHECK_MS) {
        known = { ...known, atMs: home.nowMs() };
        home.defer(Promise.any(KEEPER_NAMES.map(statusOf)));
      }
      return known.isOpen;
    },
    async status() {
      const answers = await Promise.allSettled(KEEPER_NAMES.map(statusOf));
      const found = answers.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      const [first] = found;
      if (!first) throw new TokenhubError("overloaded");
      const keepers = KEEPER_NAMES.map((name) => {
        const own = found.find((one) => one.keepers.some((keeper) => keeper.name === name));
        return { name, isOpen: own?.keepers.some((keeper) => keeper.isOpen) ?? false };
      });
      const open = found.find(({ state }) => state === "unsealed");
      const rollbackSuspected = found.some((one) => one.rollbackSuspected);
      const all = { ...first, keepers, rollbackSuspected };
      return open ? { ...all, state: open.state, sealedReason: undefined } : all;
    },
    init: async (password, by) => void (await coordinator("init", password, by)),
    unlock: async (password, by) => void (await coordinator("unlock", password, by)),
    async lock(by) {
      remembered = new WeakMap();
      await coordinator("lock", by);
    },
    verify: async (password) => void (await coordinator("verify", password)),
    changePassword: async (change, by) => void (await coordinator("changePassword", change, by)),
    rotate: async (by) => (await coordinator("rotate", by)) as { resealed: number },
    seal: async (secret, credential) =>
      (await coordinator("seal", secret, credential)) as CredentialRecord,
    // Any keeper: texts are sealed and opened by requests, not by an admin.
    sealText: async (text, context) => (await askAny("sealText", [text, context])) as string,
    openText: async (sealed, context) => (await askAny("openText", [sealed, context])) as string,
  };
}

/** Of three failures the one that says most: an open keeper's, then "sealed", then "nobody answers". */
function worst({ errors }: AggregateError): TokenhubError {
  const told = errors.filter((error) => error instanceof TokenhubError);
  const open = told.find(({ code }) => code !== "vault_sealed");
  return open ?? told[0] ?? new TokenhubError("overloaded");
}
