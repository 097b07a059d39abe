/** The contract of a provider kind: how one sort of vendor is reached. No I/O, ≤ 60 lines each. */
import type { Candidate, ProviderRecord } from "../catalog.ts";
import type { Dialect } from "../chat.ts";
import type { AttemptFault } from "../errors.ts";
import type { Source } from "../platform.ts";

/** A model that a provider says it serves; a size is in tokens, undefined where it tells none. */
export interface Discovered {
  readonly upstreamName: string;
  readonly maxContextTokens: number | undefined;
  readonly maxOutputTokens: number | undefined;
}

/** An upstream's refusal, reduced to what classing needs. */
export interface Refusal {
  /** HTTP status; 200 for an error inside a stream. */
  readonly status: number;
  header(name: string): string | undefined;
  /** Parsed JSON body or error event; undefined when it was no JSON. */
  readonly body: unknown;
}

/** One sort of vendor; a row of `PROVIDERS`. */
export interface ProviderKind {
  readonly kind: string;
  /** Dialects it speaks, preferred first. */
  readonly wires: readonly Dialect[];
  /** Where the vendor itself speaks other dialects than those who copy its API; undefined: nowhere. */
  readonly vendor?: { readonly baseUrl: RegExp; readonly wires: readonly Dialect[] } | undefined;
  /** Base URL when the row gives none; undefined: required. */
  readonly defaultBaseUrl: string | undefined;
  /** Headers that authorize a request. The credential is never empty. */
  authorize(credential: string): Readonly<Record<string, string>>;
  /** Typed codes and status decide; text only through fully anchored patterns, and only for overflow. */
  classify(refusal: Refusal): AttemptFault;
  /** How its models are listed; undefined: it cannot tell. `parse` of what is no list is undefined. */
  readonly discovery:
    | {
        readonly path: string;
        readonly query?: string;
        parse(body: unknown): readonly Discovered[] | undefined;
      }
    | undefined;
  /** In place of the network (simulated only); undefined: over the network. */
  readonly origin: Origin | undefined;
}

/** Answers a call in place of the network; `after` is the platform's. Rejects only when the signal aborts. */
export type Origin = (
  call: { candidate: Candidate; provider: ProviderRecord; body: string; signal: AbortSignal },
  after: (ms: number, signal?: AbortSignal) => Promise<void>,
) => Promise<{ status: number; headers: Readonly<Record<string, string>>; body: Source }>;
