/** The command line's way to an admin API in this process. */
import type { AdminTransport } from "../../self-hosted/admin-client.ts";
import { ADMIN_TOKEN, type AdminIsolate } from "./admin.ts";

const ORIGIN = "http://127.0.0.1:8080";

/** Environment and transport of commands that talk to this admin API. */
export function reaching(admin: Pick<AdminIsolate, "ask">) {
  const transport: AdminTransport = async (url, { method, headers, body }) => {
    const { pathname, search, origin } = new URL(url);
    const path = pathname.replace(/^\/admin\/v1/, "") + search;
    const asked = { bare: true, headers, peer: "127.0.0.1", url: origin };
    return admin.ask(`${method} ${path}`, body === undefined ? asked : { ...asked, body });
  };
  return { env: { TOKENHUB_URL: ORIGIN, TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN }, transport };
}
