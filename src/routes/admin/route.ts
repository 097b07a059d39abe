/** What one route of the admin API declares: mounting, checks and description all derive from it. */
import type { z } from "zod";
import type { AuditDraft } from "../../administration.ts";
import type { Gateway } from "../../isolate.ts";
import type { Exchange, Source } from "../../platform.ts";
import type { Guesses } from "./guesses.ts";

/** Who may use a route: anybody who proves the token with it (`login`), or a proven admin. */
export const GUARDS = ["login", "admin"] as const;
export type Guard = (typeof GUARDS)[number];

/** Where a request came from, as far as it can be believed. */
export interface Origin {
  /** Address of the client; undefined: unknown. */
  readonly address: string | undefined;
  /** Nobody between the client and this gateway, or its declared front, can read along. */
  readonly isSafe: boolean;
  /** The client itself speaks https. */
  readonly isHttps: boolean;
  /** Host name under which it asks. */
  readonly host: string;
  /** Origins that are this gateway's own for this request. */
  readonly own: readonly string[];
}

/** A proven admin. */
export interface Admin {
  /** `token`, or `session:` + 8 hex digits. */
  readonly actor: string;
  /** Hash of the session's cookie; undefined: the token itself was sent. */
  readonly session: string | undefined;
}

/** One request that passed the guard. `B` and `Q`: body and query, parsed. */
export interface AdminCall<B = unknown, Q = unknown> {
  readonly gateway: Gateway;
  readonly exchange: Exchange;
  readonly requestId: string;
  readonly origin: Origin;
  readonly guesses: Guesses;
  /** undefined on a route of guard `login`. */
  readonly admin: Admin | undefined;
  /** Parameters of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: B;
  readonly query: Q;
  /** Of `If-Match`; undefined: any. */
  readonly version: number | undefined;
  /** An entry for the audit chain, by this caller and now. */
  audit(entry: AuditNote): AuditDraft;
}

/** What a handler says of its change. Values are what may be shown. */
export interface AuditNote {
  readonly action: string;
  readonly target?: string;
  readonly outcome?: AuditDraft["outcome"];
  readonly before?: unknown;
  readonly after?: unknown;
}

/** JSON unless `text` or `source` is given. */
export interface AdminAnswer {
  /** Default 200. */
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
  readonly source?: Source;
}

/** One route. */
export interface AdminRoute<B extends z.ZodType = z.ZodType, Q extends z.ZodType = z.ZodType> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/admin/v1`, in hono's words: `/providers/:id`. */
  readonly path: string;
  readonly guard: Guard;
  readonly summary: string;
  /** Absent: it takes none. */
  readonly query?: Q;
  /** Strict; absent: it takes none. */
  readonly body?: B;
  /** Larger bodies than usual. */
  readonly bytesMax?: number;
  /** A body that is no JSON object is handed over as `{[textField]: text}`. */
  readonly textField?: string;
  /** Shape of its answer, for the description. */
  readonly answer: z.ZodType;
  readonly answerType?: string;
  /** Carries a password: taken from safe origins only. */
  readonly isSecret?: boolean;
  /** May a cookie alone not do this? */
  stepUp?(call: AdminCall<z.output<B>, z.output<Q>>): boolean | Promise<boolean>;
  handle(call: AdminCall<z.output<B>, z.output<Q>>): Promise<AdminAnswer>;
}

/** A route with the types of its own schemas. */
export function adminRoute<B extends z.ZodType, Q extends z.ZodType>(
  route: AdminRoute<B, Q>,
): AdminRoute {
  return route;
}
