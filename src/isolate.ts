/** What one isolate (or process) keeps between requests, put together once. */

import { type Alarms, createAlarms } from "./alarms.ts";
import type { TokenhubError } from "./errors.ts";
import type { InFlight } from "./failover.ts";
import { createKeyring, type Keyring } from "./keyring.ts";
import type { Limits } from "./limits.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import type { Platform } from "./platform.ts";
import { createPurse, type Purse } from "./purse.ts";
import type { Settings } from "./settings.ts";
import { createSnapshot, type Snapshot } from "./snapshot.ts";
import { createMeterRegistry, type MeterRegistry } from "./telemetry.ts";

/** One isolate's gateway: everything a request needs that is older than the request. */
export interface Gateway {
  readonly platform: Platform;
  readonly limits: Limits;
  readonly settings: Settings;
  readonly snapshot: Snapshot;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly alarms: Alarms;
  readonly purse: Purse;
  readonly meter: MeterRegistry;
  readonly inFlight: InFlight;
  /** Streams open to clients, by request id. */
  readonly openStreams: Map<string, OpenStream>;
}

/** A stream whose head has left for the client, with or without content yet. */
export interface OpenStream {
  /** Breaks it off with an error event (deadline, shutdown). */
  interrupt(error: TokenhubError): void;
}

/** What a shell hands in. */
export interface GatewayInput {
  readonly platform: Platform;
  readonly limits: Limits;
  readonly settings: Settings;
  /** Newest migration this code knows. */
  readonly schemaVersion: string;
}

/** Puts one isolate's gateway together; reads nothing yet. */
export function createGateway(input: GatewayInput): Gateway {
  const { platform, limits, settings } = input;
  const meter = createMeterRegistry();
  const alarms = createAlarms(platform);
  const snapshot = createSnapshot({
    platform,
    limits,
    declared: settings.declared,
    fallback: settings.simulated,
    schemaVersion: input.schemaVersion,
  });
  return {
    platform,
    limits,
    settings,
    meter,
    snapshot,
    keyring: createKeyring(platform, {
      snapshot,
      onSealed: () => alarms.raise("vault-sealed", "vault"),
    }),
    alarms,
    purse: createPurse({
      platform,
      onAlert: ({ event, keyId, ledger, period }) =>
        alarms.raise(event, `${keyId ?? ledger}/${period}`),
    }),
    outbox: createOutbox({ platform, limits, meter }),
    inFlight: new Map(),
    openStreams: new Map(),
  };
}
