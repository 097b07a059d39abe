/** Every route of the admin API against everybody who is no admin. */
import { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeKey, unlimitedKey } from "../../../../src/key.ts";
import { mountAdmin } from "../../../../src/routes/admin/mount.ts";
import { ROUTES } from "../../../../src/routes/admin/table.ts";
import {
  ADMIN_TOKEN,
  type AdminIsolate,
  type Asked,
  PASSWORD,
  startAdmin,
} from "../../../fakes/admin.ts";

let admin: AdminIsolate;
beforeEach(async () => {
  admin = await startAdmin();
});
afterEach(() => admin.close());

const NAMES = ROUTES.map(
  ({ method, path }) => `${method} ${path.replace(/:[a-z]+(\{\.\+\})?/g, "x")}`,
);
const GUARDED = NAMES.filter((name) => name !== "POST /session");
const WRITES = NAMES.filter((name) => !name.startsWith("GET "));

const code = async (what: string, asked: Asked) => {
  const { status, body } = await admin.ask(what, asked);
  return `${status} ${body.error?.code}`;
};

/** With a body that would be one for the write. */
const bodyOf = (what: string) => (what.startsWith("GET ") ? {} : { body: {} });

describe.each(GUARDED)("%s", (what) => {
  test("is for admins only", async () => {
    const made = makeKey(admin.platform.randomBytes);
    await admin.platform.store.putKey(unlimitedKey(made, { name: "k", createdAtMs: 1 }));
    const strangers: Record<string, string>[] = [
      {},
      { authorization: `Bearer ${made.key}` },
      { authorization: `Bearer ${ADMIN_TOKEN}x` },
      { authorization: `Basic ${ADMIN_TOKEN}` },
      { authorization: "Bearer" },
      { "x-api-key": ADMIN_TOKEN },
      { cookie: `th_admin=${ADMIN_TOKEN}` },
      { cookie: `th_admin=${"0".repeat(64)}` },
    ];
    for (const headers of strangers) {
      const told = await code(what, { bare: true, headers, ...bodyOf(what) });
      expect([headers, told]).toEqual([headers, "401 missing_or_invalid_session"]);
    }
  });
});

test.each(NAMES)("%s is not answered under a foreign name", async (what) => {
  const foreign = ["http://evil.example", "http://127.0.0.1.evil.example", "http://169.254.1.1"];
  for (const url of foreign) {
    expect(await code(what, { url, ...bodyOf(what) })).toBe("421 misdirected_request");
  }
  const host = { host: "evil.example" };
  expect(await code(what, { headers: host, ...bodyOf(what) })).toBe("421 misdirected_request");
});

test.each(WRITES)("%s is not done for the page of another origin", async (what) => {
  const page = await admin.signIn();
  const bad: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://localhost:9999" },
    { origin: "https://localhost:8080" },
    { "content-type": "text/plain" },
    { "content-type": "application/x-www-form-urlencoded" },
  ];
  const before = (await admin.trail()).filter(({ outcome }) => outcome === "ok").length;
  for (const headers of bad) {
    const told = await code(what, { bare: true, headers: { ...page, ...headers }, body: {} });
    expect([headers, told]).toEqual([headers, "403 forbidden_origin"]);
  }
  if (what !== "POST /session") {
    const { origin, ...rest } = page;
    expect(await code(what, { bare: true, headers: rest, body: {} })).toBe("403 forbidden_origin");
  }
  expect((await admin.trail()).filter(({ outcome }) => outcome === "ok")).toHaveLength(before);
});

test("a bearer needs neither origin nor type", async () => {
  const headers = { origin: "https://elsewhere.example", "content-type": "text/plain" };
  expect(await code("POST /vault/lock", { headers, body: {} })).toBe("200 undefined");
});

test("without an admin token set, nobody is let in and the setting is named", async () => {
  admin.close();
  admin = await startAdmin({ TOKENHUB_ADMIN_TOKEN: "" });
  for (const what of NAMES) {
    const { status, body } = await admin.ask(what, bodyOf(what));
    expect([what, status, body.error.code]).toEqual([what, 503, "misconfigured"]);
    expect(body.error.message).toContain("TOKENHUB_ADMIN_TOKEN");
  }
});

test("passwords and secrets are taken over https, from this machine, or behind a declared front", async () => {
  admin.close();
  const PUBLIC = "https://hub.acme.com";
  admin = await startAdmin({ TOKENHUB_PUBLIC_URL: PUBLIC, TOKENHUB_TRUST_PROXY: "10.0.0.1" });
  const unlock = (asked: Asked) =>
    code("POST /vault/unlock", { body: { admin_password: PASSWORD }, ...asked });
  expect(await unlock({ peer: "127.0.0.1" })).toBe("409 vault_uninitialised");
  expect(await unlock({ peer: "192.168.1.7" })).toBe("421 misdirected_request");
  expect(await unlock({ peer: "192.168.1.7", url: "http://hub.acme.com" })).toBe(
    "409 vault_uninitialised",
  );
  const proto = { "x-forwarded-proto": "https" };
  expect(await unlock({ peer: "192.168.1.7", headers: proto })).toBe("421 misdirected_request");
  expect(await unlock({ peer: "10.0.0.1", headers: proto })).toBe("409 vault_uninitialised");
  const signIn = { bare: true, body: { token: ADMIN_TOKEN } };
  expect(await code("POST /session", { ...signIn, peer: "192.168.1.7" })).toBe(
    "421 misdirected_request",
  );
});

test("what a cookie alone may not do asks for the token, and for the password once there is one", async () => {
  const page = await admin.signIn();
  const rotate = (headers: object) =>
    code("POST /vault/rotate", { bare: true, headers: { ...page, ...headers }, body: {} });
  expect(await rotate({})).toBe("403 step_up_required");
  expect(await rotate({ "x-tokenhub-step-up": "guess" })).toBe("403 step_up_required");
  expect(await rotate({ "x-tokenhub-step-up": ADMIN_TOKEN })).toBe("200 undefined");
  await admin.ask("POST /vault/init", { body: { admin_password: PASSWORD } });
  expect(await rotate({ "x-tokenhub-step-up": ADMIN_TOKEN })).toBe("401 wrong_password");
  expect(await rotate({ "x-tokenhub-step-up": PASSWORD })).toBe("200 undefined");
  expect(await code("POST /vault/rotate", { body: {} })).toBe("200 undefined");
  const denied = (await admin.trail()).filter(({ outcome }) => outcome === "denied");
  expect(denied.map(({ after }) => JSON.parse(after ?? "").code)).toEqual([
    ...["wrong_password", "step_up_required"],
  ]);
});

test("what is not there is told to admins only, and other methods with those there are", async () => {
  expect(await code("GET /nothing", { bare: true })).toBe("401 missing_or_invalid_session");
  expect(await code("GET /nothing", {})).toBe("404 not_found");
  const { status, headers } = await admin.ask("DELETE /providers", { body: {} });
  expect([status, headers.get("allow")]).toEqual([405, "GET, POST"]);
});

test("bodies beyond 64 KiB are refused, whatever they say of themselves", async () => {
  const body = JSON.stringify({ id: "x".repeat(70_000) });
  expect(await code("POST /providers", { body })).toBe("413 too_large");
  expect(await code("POST /providers", { body, headers: { "content-length": "10" } })).toBe(
    "413 too_large",
  );
});

test("answers are kept by nobody and offered to no other origin", async () => {
  const headers = { origin: "https://evil.example" };
  for (const what of ["GET /providers", "GET /nothing", "GET /export"]) {
    const answer = await admin.ask(what, { headers });
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  }
});

test("a route without a guard is not mounted", () => {
  const [route] = ROUTES;
  const bare = { ...route, guard: undefined } as unknown as (typeof ROUTES)[number];
  expect(() => mountAdmin(new Hono(), admin.gateway, [bare])).toThrow("declares no guard");
});

test("a page that is loaded before anybody signed in has tried nothing", async () => {
  expect(await code("GET /session", { bare: true })).toBe("401 missing_or_invalid_session");
  expect((await admin.trail()).filter(({ outcome }) => outcome === "denied")).toEqual([]);
});
