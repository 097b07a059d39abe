/** Signing in with the admin token, and out again. */
import { z } from "zod";
import { DONE, okShape } from "./answer.ts";
import { proveToken, tokenHashOf } from "./guard.ts";
import { type AdminRoute, adminRoute } from "./route.ts";
import { cookieOf, openSession, SESSION_IDLE_MS, SESSION_MAX_MS, setCookie } from "./sessions.ts";

const sessionShape = z
  .object({ actor: z.string(), idle_seconds: z.int(), max_seconds: z.int() })
  .meta({ id: "Session" });

const told = (actor: string) => ({
  actor,
  idle_seconds: SESSION_IDLE_MS / 1000,
  max_seconds: SESSION_MAX_MS / 1000,
});

/** `POST`, `GET` and `DELETE /session`. */
export const sessionRoutes: readonly AdminRoute[] = [
  adminRoute({
    ...{ method: "POST", path: "/session", guard: "login", isSecret: true },
    summary: "Sign in with the admin token: sets the session's cookie",
    body: z.strictObject({ token: z.string().max(4096) }),
    answer: sessionShape,
    async handle(call) {
      const { gateway, exchange, origin, body } = call;
      proveToken(call, body.token);
      const { digest, admin } = gateway.platform;
      const before = cookieOf(exchange.header("cookie"), origin);
      if (before !== undefined) await admin.dropSession(digest(before));
      const audit = call.audit({ action: "session.login" });
      const { cookie, actor } = await openSession(gateway, tokenHashOf(gateway), audit);
      return { body: told(actor), headers: { "set-cookie": setCookie(origin, cookie) } };
    },
  }),
  adminRoute({
    ...{ method: "GET", path: "/session", guard: "admin", summary: "Who is signed in" },
    answer: sessionShape,
    handle: async ({ admin }) => ({ body: told(admin?.actor ?? "") }),
  }),
  adminRoute({
    ...{ method: "DELETE", path: "/session", guard: "admin", summary: "Sign out" },
    answer: okShape,
    async handle(call) {
      const { gateway, origin, admin } = call;
      if (admin?.session !== undefined) {
        const audit = call.audit({ action: "session.logout" });
        await gateway.platform.admin.dropSession(admin.session, audit);
      }
      return { ...DONE, headers: { "set-cookie": setCookie(origin, "") } };
    },
  }),
];
