/**
 * The vault's keepers: three objects far from each other, each with the data keys in memory and nowhere else.
 * One that restarts asks the others. "0" coordinates: it alone looks at passwords (docs/decisions/0010-vault.md).
 */
import { DurableObject } from "cloudflare:workers";
import { TokenhubError } from "../src/errors.ts";
import { createAdminStore } from "../src/store/admin.ts";
import { d1Sql } from "../src/store/sql.ts";
import { KDF_RULES, type KdfRules } from "../src/vault/derive.ts";
import { utf8 } from "../src/vault/encoding.ts";
import type { SharedKeys } from "../src/vault/held.ts";
import { VaultKeeper } from "../src/vault/keeper.ts";
import { readNotes } from "../src/vault/notes.ts";
import type { ObjectsEnv } from "./env.ts";
import {
  COORDINATOR,
  KEEPER_NAMES,
  type KeeperMethod,
  type KeeperName,
  type KeeperReply,
  keeperStub,
  type VersionStamp,
} from "./keepers.ts";

/** An object without a call or an alarm for 10 s is put to sleep, and its memory is lost. */
const BEAT_MS = 5_000;
/** A sealed keeper asks its siblings at most this often. */
const ASK_MS = 1_000;

/** What keepers answer each other beside `KeeperCalls`. */
export interface Sibling {
  shareKeys(): Promise<SharedKeys | undefined>;
  adoptKeys(keys: SharedKeys): Promise<boolean>;
  closeKeys(generation: number): Promise<void>;
  standing(): Promise<{ isOpen: boolean; version: number }>;
}

/** The class of a keeper that hashes passwords by these rules. */
export function keeperObject(rules: KdfRules) {
  return class extends DurableObject<ObjectsEnv> implements Sibling {
    readonly #name = nameOf(this.env, this.ctx.id);
    readonly #keeper = new VaultKeeper({
      name: this.#name,
      store: createAdminStore(d1Sql(this.env.DB)),
      notes: {
        read: async () => readNotes(this.ctx.storage.kv.get("notes")),
        write: async (notes) => this.ctx.storage.kv.put("notes", notes),
      },
      nowMs: () => Date.now(),
      randomBytes: (n) => crypto.getRandomValues(new Uint8Array(n)),
      pepper: pepperOf(this.env),
      rules,
      isQuiet: this.#name !== COORDINATOR,
      siblings: { spread: (keys) => this.#spread(keys), gather: () => this.#gather() },
    });
    /** Newest version of the Worker that called; Unix ms, 0: not told. */
    #newest = 0;
    #askedAtMs = Number.NEGATIVE_INFINITY;
    #asking: Promise<void> = Promise.resolve();

    /** One method of the keeper. What fails is answered, not thrown: no error carries more than its code. */
    async ask<M extends KeeperMethod>(
      method: M,
      args: unknown[],
      version: VersionStamp | undefined,
    ): Promise<KeeperReply> {
      this.#newest = Math.max(this.#newest, version?.atMs ?? 0);
      try {
        await this.#ready();
        const value = await this.#run(method, args);
        await this.#beatSoon();
        return {
          ok: true,
          value,
          isOpen: this.#keeper.isOpen(),
          generation: await this.#generation(),
        };
      } catch (error) {
        const { code, retryAfterMs, param } =
          error instanceof TokenhubError ? error : new TokenhubError("internal");
        const isOpen = this.#keeper.isOpen();
        return {
          ok: false,
          code,
          retryAfterMs,
          param,
          isOpen,
          generation: await this.#generation(),
        };
      }
    }

    async shareKeys(): Promise<SharedKeys | undefined> {
      return this.#keeper.shareKeys();
    }

    async adoptKeys(keys: SharedKeys): Promise<boolean> {
      const isAdopted = await this.#keeper.adoptKeys(keys);
      await this.#beatSoon();
      return isAdopted;
    }

    async closeKeys(generation: number): Promise<void> {
      await this.#keeper.closeKeys(generation);
    }

    async standing(): Promise<{ isOpen: boolean; version: number }> {
      return { isOpen: this.#keeper.isOpen(), version: this.#version() };
    }

    /** Keeps an open keeper awake, opens one that was restarted, and restarts one that runs old code. */
    override async alarm(): Promise<void> {
      await this.#ready();
      await this.#beatSoon();
      if (this.#keeper.isOpen() && this.#newest > this.#version()) await this.#restart();
    }

    async #run(method: KeeperMethod, args: unknown[]): Promise<unknown> {
      const run = this.#keeper[method] as (...args: unknown[]) => Promise<unknown>;
      const value = await run.apply(this.#keeper, args);
      if (method === "lock") await this.#lockSiblings();
      return value;
    }

    async #lockSiblings(): Promise<void> {
      const generation = await this.#generation();
      const told = await Promise.allSettled(
        this.#siblings().map((one) => twice(() => one().closeKeys(generation))),
      );
      if (told.some(({ status }) => status === "rejected")) throw new TokenhubError("overloaded");
    }

    /** A keeper without keys asks its siblings first. */
    async #ready(): Promise<void> {
      if (this.#keeper.isOpen()) return;
      if (Math.abs(Date.now() - this.#askedAtMs) >= ASK_MS) {
        this.#askedAtMs = Date.now();
        this.#asking = this.#gather();
      }
      await this.#asking;
    }

    /** From whoever knows the latest unlock. */
    async #gather(): Promise<void> {
      const answers = await Promise.allSettled(this.#siblings().map((one) => one().shareKeys()));
      const shared = answers.flatMap((one) =>
        one.status === "fulfilled" ? (one.value ?? []) : [],
      );
      shared.sort((a, b) => b.generation - a.generation || b.epoch - a.epoch);
      const [latest] = shared;
      if (latest) await this.#keeper.adoptKeys(latest);
    }

    async #spread(keys: SharedKeys): Promise<void> {
      await Promise.all(this.#siblings().map((one) => twice(() => one().adoptKeys(keys))));
    }

    /** One keeper at a time: lower numbers first, and only while both siblings are open. */
    async #restart(): Promise<void> {
      const others = await Promise.all(this.#siblings().map((one) => one().standing()));
      const before = others.slice(0, KEEPER_NAMES.indexOf(this.#name));
      const isMyTurn = before.every(({ version }) => version >= this.#newest);
      if (!isMyTurn || !others.every(({ isOpen }) => isOpen)) return;
      // Once for each version: where the new code does not come with the restart, asking again is in vain.
      this.ctx.storage.kv.put("restartedFor", this.#newest);
      await this.ctx.storage.sync();
      this.ctx.abort("A newer version of the gateway is deployed.");
    }

    /** The code's own, or the one this keeper already restarted for. */
    #version(): number {
      const own = Date.parse(this.env.CF_VERSION_METADATA?.timestamp ?? "") || 0;
      return Math.max(own, this.ctx.storage.kv.get<number>("restartedFor") ?? 0);
    }

    async #beatSoon(): Promise<void> {
      if (!this.#keeper.isOpen() || (await this.ctx.storage.getAlarm()) !== null) return;
      await this.ctx.storage.setAlarm(Date.now() + BEAT_MS);
    }

    /** In the order of their names; a stub is made for each call. */
    #siblings(): (() => Sibling)[] {
      return KEEPER_NAMES.filter((name) => name !== this.#name).map(
        (name) => () => keeperStub(this.env, name) as unknown as Sibling,
      );
    }

    #generation(): Promise<number> {
      return this.#keeper.generation();
    }
  };
}

/** A vault object. */
export class Keeper extends keeperObject(KDF_RULES) {}

/** By comparison: in an alarm the id does not know its name. */
function nameOf({ KEEPER }: ObjectsEnv, id: DurableObjectId): KeeperName {
  return KEEPER_NAMES.find((name) => KEEPER.idFromName(name).equals(id)) ?? COORDINATOR;
}

function pepperOf({ VAULT_PEPPER }: ObjectsEnv): Uint8Array<ArrayBuffer> | undefined {
  return VAULT_PEPPER ? utf8(VAULT_PEPPER) : undefined;
}

/** Once more when it fails. */
async function twice<T>(run: () => Promise<T>): Promise<T> {
  return run().catch(run);
}
