/** The admin API of one isolate over a real database in memory: a clock moved by hand, a vault without cryptography. */
import path from "node:path";
import { processActors } from "../../self-hosted/actors.ts";
import { migrate } from "../../self-hosted/migrate.ts";
import { openSqlite } from "../../self-hosted/sqlite.ts";
import type { AuditEntry } from "../../src/administration.ts";
import { createApp } from "../../src/app.ts";
import { TokenhubError } from "../../src/errors.ts";
import { createGateway, type Gateway } from "../../src/isolate.ts";
import { LIMITS } from "../../src/limits.ts";
import type { Platform, Vault } from "../../src/platform.ts";
import { MODES } from "../../src/policies/index.ts";
import { readSettings } from "../../src/settings.ts";
import { createAdminStore } from "../../src/store/admin.ts";
import { SCHEMA_VERSION } from "../../src/store/schema.ts";
import { createStore } from "../../src/store/store.ts";
import { ADMIN_TOKEN } from "./admin-token.ts";
import { type FakePlatform, fakePlatform } from "./platform.ts";
import { NO_ROWS } from "./records.ts";

const MIGRATIONS = path.join(import.meta.dirname, "../../migrations");

/** The token of every admin API in tests. */
export { ADMIN_TOKEN };
/** The only password of the fake vault. */
export const PASSWORD = "correct horse battery staple";

/** An answer, read. */
export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
  readonly body: any;
}

/** How a request differs from a bearer's. */
export interface Asked {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without the token. */
  readonly bare?: boolean;
  /** Peer of the connection; default: not told, as on the edge. */
  readonly peer?: string;
  readonly url?: string;
}

/** A running admin API. */
export interface AdminIsolate {
  readonly gateway: Gateway;
  readonly platform: FakePlatform;
  /** As `METHOD /path` below `/admin/v1`, with the admin token. */
  ask(what: string, asked?: Asked): Promise<Told>;
  /** The newest first. */
  trail(): Promise<readonly AuditEntry[]>;
  /** Signs in; answers the headers that a page sends from then on. */
  signIn(): Promise<Record<string, string>>;
  close(): void;
}

/** Fresh in every part. */
export async function startAdmin(
  env: Readonly<Record<string, string>> = {},
): Promise<AdminIsolate> {
  const fake = fakePlatform(NO_ROWS);
  const sqlite = openSqlite(":memory:");
  await migrate(sqlite, MIGRATIONS);
  const store = createStore(sqlite);
  const actors = processActors({ store, nowMs: fake.nowMs, every: () => undefined });
  let peer: string | undefined;
  const admin = createAdminStore(sqlite);
  const platform = {
    ...fake,
    store,
    admin,
    actors,
    vault: fakeAdminVault(fake.vault, admin),
    exchange: (request: Request, bindings: unknown) => ({
      ...fake.exchange(request, bindings),
      peer,
    }),
  } as unknown as FakePlatform;
  const { settings } = readSettings(
    { TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN, ...env },
    { modes: MODES },
  );
  const gateway = createGateway({
    platform,
    limits: LIMITS,
    settings,
    schemaVersion: SCHEMA_VERSION,
  });
  const app = createApp(gateway, { misconfigured: false });

  async function ask(what: string, asked: Asked = {}): Promise<Told> {
    const [method = "GET", at = "/"] = what.split(" ");
    peer = asked.peer;
    const { body } = asked;
    const headers = new Headers(asked.headers);
    if (!asked.bare) headers.set("authorization", `Bearer ${ADMIN_TOKEN}`);
    if (body !== undefined && !headers.has("content-type")) {
      headers.set("content-type", "application/json");
    }
    const url = `${asked.url ?? "http://localhost:8080"}/admin/v1${at}`;
    if (!headers.has("host")) headers.set("host", new URL(url).host);
    const response = await app.request(url, {
      method,
      headers,
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = text.startsWith("{") ? JSON.parse(text) : {};
    return { status: response.status, headers: response.headers, text, body: parsed };
  }

  return {
    gateway,
    platform,
    ask,
    trail: () => admin.auditPage({ limit: 200 }),
    async signIn() {
      const { headers } = await ask("POST /session", { bare: true, body: { token: ADMIN_TOKEN } });
      const cookie = headers.get("set-cookie")?.split(";")[0] ?? "";
      return { cookie, origin: "http://localhost:8080", "content-type": "application/json" };
    },
    close: () => sqlite.close(),
  };
}

/** Without a password until `init`, sealed until `unlock`; seals by turning the text around. */
function fakeAdminVault(vault: Vault, admin: Platform["admin"]): Vault {
  let password: string | undefined;
  let open = false;
  const prove = (given: string) => {
    if (password === undefined) throw new TokenhubError("vault_uninitialised");
    if (given !== password) throw new TokenhubError("wrong_password");
  };
  return {
    ...vault,
    isOpen: () => open,
    async status() {
      const state = password === undefined ? "uninitialised" : open ? "unsealed" : "sealed";
      const counts = { epoch: password === undefined ? 0 : 1, failures: 0, refusedUntilMs: 0 };
      const keepers = [{ name: "fake", isOpen: open }];
      return { state, ...counts, keepers, sealedReason: "start", rollbackSuspected: false };
    },
    async init(given, by) {
      if (password !== undefined) throw new TokenhubError("vault_already_initialised");
      await admin.audit(by);
      password = given;
    },
    async unlock(given, by) {
      prove(given);
      await admin.audit(by);
      open = true;
    },
    async lock(by) {
      await admin.audit(by);
      open = false;
    },
    async verify(given) {
      prove(given);
    },
    async changePassword({ from, to }, by) {
      prove(from);
      await admin.audit(by);
      password = to;
    },
    async rotate(by) {
      await admin.audit(by);
      return { resealed: 0 };
    },
    async seal(secret, credential) {
      if (!open) throw new TokenhubError("vault_sealed");
      const ciphertext = [...secret].reverse().join("");
      const shown = { last4: secret.slice(-4), fingerprint: "0123456789abcdef" };
      return { ...credential, ...shown, dekId: "dek", iv: "iv", ciphertext };
    },
  };
}
