/** What a command needs of the world. */
import type { AdminTransport } from "../admin-client.ts";
import type { Wrangler } from "../wrangler.ts";
import type { SecretInput } from "./secret-input.ts";

/** The terminal, the environment, and whom a command talks to. */
export interface CliWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly wrangler: Wrangler;
  /** To a running gateway. */
  readonly transport: AdminTransport;
  readonly secrets: SecretInput;
  /** What was asked for: a key, a list. */
  readonly answer: (line: string) => void;
  /** Everything else. */
  readonly tell: (line: string) => void;
  readonly nowMs: () => number;
}
