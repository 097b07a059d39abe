/** The admin API against everybody else, over real HTTP, in both homes. */
import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { ROUTES } from "../../../src/routes/admin/table.ts";
import { type AdminAsked, askAdmin, signIn } from "../../fakes/admin-client.ts";
import { ADMIN_TOKEN } from "../../fakes/admin-token.ts";
import { clientOf } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const NAMES = ROUTES.map(
  ({ method, path }) => `${method} ${path.replace(/:[a-z]+(\{\.\+\})?/g, "x")}`,
);

describe.each(HOME_NAMES)("%s", (name) => {
  // A Worker that may reach loopback answers under loopback names alone, and says so otherwise.
  const env = { TOKENHUB_PRIVATE_EGRESS: "" };
  const gateway = useGateway(name, { registry: {}, env });
  const ask = (what: string, asked?: AdminAsked) => askAdmin(gateway.home, what, asked);
  const code = async (what: string, asked: AdminAsked) => {
    const body = what.startsWith("GET ") ? {} : { body: {} };
    const told = await ask(what, { ...body, ...asked });
    return `${told.status} ${told.body.error?.code}`;
  };
  const entries = async () => (await ask("POST /audit/verify")).body.entries;

  test("no route is for strangers, consumers, or a cookie that was made up", async () => {
    for (const what of NAMES) {
      if (what === "POST /session") continue;
      const strangers: Record<string, string>[] = [
        {},
        { authorization: `Bearer ${gateway.home.key}` },
        { cookie: "th_admin=00" },
      ];
      // One of them is a guess; guesses are few.
      const headers =
        strangers[NAMES.indexOf(what) % 9 === 0 ? 1 : (NAMES.indexOf(what) % 2) * 2] ?? {};
      expect([what, headers, await code(what, { bare: true, headers })]).toEqual([
        ...[what, headers, "401 missing_or_invalid_session"],
      ]);
    }
  });

  test("no write is done for the page of another origin, or a form", async () => {
    const page = await signIn(gateway.home);
    const before = await entries();
    for (const what of NAMES.filter((each) => !each.startsWith("GET "))) {
      const others: Record<string, string>[] = [
        { origin: "https://evil.example" },
        { origin: "null" },
        { "content-type": "text/plain" },
      ];
      for (const bad of others) {
        const told = await code(what, { bare: true, headers: { ...page, ...bad } });
        expect([what, bad, told]).toEqual([what, bad, "403 forbidden_origin"]);
      }
    }
    // Told once for each route, and nothing else was written.
    const written = (await ask("GET /audit")).body.data.filter(
      (one: { seq: number; outcome: string }) => one.seq > before && one.outcome !== "denied",
    );
    expect(written).toEqual([]);
  });

  test("no route is answered under a name that is not the gateway's", async () => {
    for (const what of [...NAMES, "GET /"]) {
      expect([what, await foreign(what)]).toEqual([what, 421]);
    }
    expect(await foreign("GET ", "/admin")).toBe(421);
  });

  /** Status of the answer to another `Host`; fetch would not send it. */
  function foreign(what: string, base = "/admin/v1"): Promise<number | undefined> {
    const [method = "GET", path = ""] = what.split(" ");
    const headers = { host: "evil.example", authorization: `Bearer ${ADMIN_TOKEN}` };
    return new Promise((resolve, reject) => {
      const asked = request(`${gateway.home.url}${base}${path}`, { method, headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.once("error", reject).end();
    });
  }

  test("the admin token is no consumer key", async () => {
    const { status, body } = await clientOf(gateway.home, ADMIN_TOKEN).get("/v1/models");
    expect([status, body.error?.code]).toEqual([401, "missing_or_invalid_key"]);
  });

  test("a session lasts until it is signed out", async () => {
    const page = await signIn(gateway.home);
    const session = (what: string) => ask(what, { bare: true, headers: page });
    expect((await session("GET /session")).body.actor).toMatch(/^session:[0-9a-f]{8}$/);
    const made = await ask("POST /projects", { bare: true, headers: page, body: { name: "Mine" } });
    expect(made.status).toBe(201);
    expect((await session("DELETE /session")).status).toBe(200);
    expect((await session("GET /session")).status).toBe(401);
    const actors = (await ask("GET /audit?limit=3")).body.data.map(
      (one: { actor: string }) => one.actor,
    );
    expect(new Set(actors)).toEqual(new Set([expect.stringMatching(/^session:/)]));
  });

  test("the cookie is for this host, scripts cannot read it, and it is not the token", async () => {
    const { headers } = await ask("POST /session", { bare: true, body: { token: ADMIN_TOKEN } });
    const set = headers.get("set-cookie") ?? "";
    expect(set).toMatch(
      /^th_admin=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800$/,
    );
    expect(set).not.toContain(ADMIN_TOKEN);
  });

  test("no answer is kept, and none is offered to another origin", async () => {
    for (const what of ["GET /providers", "GET /export", "GET /nothing"]) {
      const { headers } = await ask(what, { headers: { origin: "https://evil.example" } });
      expect([what, headers.get("cache-control")]).toEqual([what, "private, no-store"]);
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});
