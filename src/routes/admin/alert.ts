/** Webhooks that are told of events. */
import { z } from "zod";
import { checkUrl } from "../../address.ts";
import { ALERT_EVENTS, type AlertRecord } from "../../administration.ts";
import { TokenhubError } from "../../errors.ts";
import type { RowKind } from "./kind.ts";
import { named } from "./provider.ts";
import type { AdminCall, AdminRoute } from "./route.ts";
import { putRow } from "./row-store.ts";
import { rowRoutes } from "./rows.ts";

const alertRow = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .optional(),
  url: z.string().max(2048),
  events: z
    .array(z.enum(ALERT_EVENTS))
    .max(ALERT_EVENTS.length)
    .default([])
    .meta({ description: "Empty: all." }),
  signing_secret: z
    .string()
    .regex(/^[\x21-\x7e]{16,256}$/, "must be 16–256 visible ASCII characters")
    .optional()
    .meta({ description: "Never shown again; absent: as it is.", writeOnly: true }),
  enabled: z.boolean().default(true),
});

/** Webhooks as rows. */
export const alertKind: RowKind<"alert"> = {
  name: "alert",
  path: "/alerts",
  idPattern: ":id",
  written: alertRow,
  told: { signed: z.boolean() },
  writeOnly: ["signing_secret"],
  idOf: ({ id }) => id as string | undefined,
  named,
  recordId: ({ id }) => id,
  async read(call, row, before) {
    const given = row as z.output<typeof alertRow>;
    const record: AlertRecord = {
      id: given.id ?? "",
      url: checked(call, given.url),
      events: [...new Set(given.events)],
      signingSecret: given.signing_secret ?? before?.record.signingSecret,
      enabled: given.enabled,
    };
    return { record };
  },
  write: ({ id, url, events, enabled }) => ({ id, url, events, enabled }),
  tell: (_gateway, { signingSecret }) => ({ signed: signingSecret !== undefined }),
};

/** Public https, or an address that the operator's deployment allows. */
function checked({ gateway }: AdminCall, text: string): string {
  const { privateEgress } = gateway.settings;
  // Many receivers carry their secret in the query; it says nothing about where the message goes.
  const url = URL.parse(text);
  const query = url?.search ?? "";
  if (url) url.search = "";
  for (const network of ["public", "private"] as const) {
    try {
      return checkUrl(url?.href ?? text, { network, privateEgress }).href + query;
    } catch {
      // The other network may have it.
    }
  }
  throw new TokenhubError("egress_denied", { status: 400, param: "url" });
}

/** List to delete. */
export const alertRoutes: readonly AdminRoute[] = rowRoutes(alertKind, {
  create(call) {
    const id = call.gateway.platform.newId("alert");
    return putRow(call, alertKind, { id, row: () => ({ ...call.body, id }) });
  },
});
