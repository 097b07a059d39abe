/**
 * Delivery of alarms to the webhooks that admins named: JSON by POST, signed, tried again when refused. The
 * receiver checks `x-tokenhub-signature: t=UNIX_SECONDS,v1=HEX`, HMAC-SHA-256 of `t.body` (docs/OPERATIONS.md).
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Delivery } from "./actors/alerts.ts";
import { actorRef, FIRST } from "./actors/index.ts";
import type { AlertRecord } from "./administration.ts";
import { postEvent } from "./egress.ts";
import type { Gateway } from "./isolate.ts";

/** No list of webhooks is longer. */
const WEBHOOKS_MAX = 100;
/** A receiver that needs longer has refused. */
const ANSWER_MS = 10_000;

/** Delivers what is due. A webhook that fails keeps no other from its alarms. */
export async function deliverAlarms(gateway: Gateway): Promise<void> {
  const { platform } = gateway;
  const alerts = actorRef(platform.actors, "alerts", FIRST);
  const due = await alerts.due(platform.nowMs());
  if (due.length === 0) return;
  const rows = await platform.admin.list("alert", { limit: WEBHOOKS_MAX });
  const webhooks = rows.map(({ record }) => record).filter(({ enabled }) => enabled);
  for (const { id, alarm, webhookId } of due) {
    if (webhookId !== undefined) continue;
    const wanting = webhooks.filter(
      ({ events }) => events.length === 0 || events.includes(alarm.event),
    );
    await alerts.share(
      id,
      wanting.map((one) => one.id),
      platform.nowMs(),
    );
  }
  const shared = await alerts.due(platform.nowMs());
  await Promise.all(
    shared.map(async (delivery) => {
      const webhook = webhooks.find(({ id }) => id === delivery.webhookId);
      const wasTaken = webhook === undefined || (await isTaken(gateway, webhook, delivery));
      const isGivenUp = await alerts.settle(delivery.id, wasTaken, platform.nowMs());
      const { event } = delivery.alarm;
      if (webhook && isGivenUp) {
        platform.log({ type: "alert-undelivered", level: "warn", event, webhook: webhook.id });
      }
    }),
  );
}

/** Did the receiver answer 2xx? */
async function isTaken(
  { platform, settings }: Gateway,
  webhook: AlertRecord,
  { id, alarm }: Delivery,
): Promise<boolean> {
  const body = JSON.stringify({
    id: `alert_${id}`,
    event: alarm.event,
    subject: alarm.subject,
    at: new Date(alarm.atMs).toISOString(),
  });
  const seconds = Math.floor(platform.nowMs() / 1000);
  const controller = new AbortController();
  const stop = platform.timer(ANSWER_MS, () => controller.abort());
  try {
    const status = await postEvent(platform, {
      url: webhook.url,
      body,
      headers: signature(webhook.signingSecret, { seconds, body }),
      signal: controller.signal,
      privateEgress: settings.privateEgress,
    });
    return status >= 200 && status < 300;
  } catch {
    return false;
  } finally {
    stop();
  }
}

/** Empty for a webhook without a secret. */
export function signature(
  secret: string | undefined,
  signed: { readonly seconds: number; readonly body: string },
): Readonly<Record<string, string>> {
  if (secret === undefined) return {};
  const text = utf8ToBytes(`${signed.seconds}.${signed.body}`);
  const mac = bytesToHex(hmac(sha256, utf8ToBytes(secret), text));
  return { "x-tokenhub-signature": `t=${signed.seconds},v1=${mac}` };
}
