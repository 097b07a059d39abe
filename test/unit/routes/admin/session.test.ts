/** Signing in and out, and how long a session lasts. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ADMIN_TOKEN, type AdminIsolate, startAdmin } from "../../../fakes/admin.ts";
import { aDraft } from "../../../fakes/admin-records.ts";

const MINUTE_MS = 60_000;

let admin: AdminIsolate;
beforeEach(async () => {
  admin = await startAdmin({ TOKENHUB_PUBLIC_URL: "https://gateway.example.com" });
});
afterEach(() => admin.close());

const withCookie = (headers: Record<string, string>, what = "GET /session") =>
  admin.ask(what, { bare: true, headers });

test("the admin token opens a session whose cookie is not the token and is stored hashed", async () => {
  const signed = await admin.ask("POST /session", { bare: true, body: { token: ADMIN_TOKEN } });
  expect(signed.status).toBe(200);
  const set = signed.headers.get("set-cookie") ?? "";
  expect(set).toMatch(/^th_admin=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=28800$/);
  const cookie = set.split(";")[0] ?? "";
  const value = cookie.slice("th_admin=".length);
  expect(await admin.platform.admin.session(value)).toBeUndefined();
  expect(await admin.platform.admin.session(admin.platform.digest(value))).toBeDefined();
  const { status, body } = await withCookie({ cookie });
  expect([status, body.actor]).toEqual([200, expect.stringMatching(/^session:[0-9a-f]{8}$/)]);
});

test("behind https the cookie has the host prefix and is taken under no other name", async () => {
  const url = "https://gateway.example.com";
  const signed = await admin.ask("POST /session", {
    bare: true,
    body: { token: ADMIN_TOKEN },
    url,
  });
  const set = signed.headers.get("set-cookie") ?? "";
  expect(set).toMatch(/^__Host-th_admin=.*; Secure$/);
  const cookie = set.split(";")[0] ?? "";
  const ask = (headers: Record<string, string>) =>
    admin.ask("GET /session", { bare: true, headers, url });
  expect((await ask({ cookie })).status).toBe(200);
  expect((await ask({ cookie: cookie.replace("__Host-", "") })).status).toBe(401);
  expect((await withCookie({ cookie })).status).toBe(401);
});

test("a session ends after 15 idle minutes, after 8 hours, and when signed out", async () => {
  const idle = await admin.signIn();
  await admin.platform.clock.advance(15 * MINUTE_MS - 1);
  expect((await withCookie(idle)).status).toBe(200);
  await admin.platform.clock.advance(15 * MINUTE_MS);
  expect((await withCookie(idle)).status).toBe(401);

  const busy = await admin.signIn();
  for (let minutes = 10; minutes < 8 * 60; minutes += 10) {
    await admin.platform.clock.advance(10 * MINUTE_MS);
    expect((await withCookie(busy)).status).toBe(200);
  }
  await admin.platform.clock.advance(10 * MINUTE_MS);
  expect((await withCookie(busy)).status).toBe(401);

  const left = await admin.signIn();
  const out = await withCookie(left, "DELETE /session");
  expect([out.status, out.headers.get("set-cookie")]).toEqual([
    200,
    expect.stringContaining("Max-Age=0"),
  ]);
  expect((await withCookie(left)).status).toBe(401);
});

test("another admin token ends the sessions of the one before", async () => {
  const headers = await admin.signIn();
  const [cookie = ""] = [headers.cookie?.slice("th_admin=".length)];
  const { digest } = admin.platform;
  const row = await admin.platform.admin.session(digest(cookie));
  if (row)
    await admin.platform.admin.putSession({ ...row, tokenHash: digest("another token") }, aDraft());
  expect((await withCookie(headers)).status).toBe(401);
});

describe("wrong tokens", () => {
  const guess = (address: string) =>
    admin.ask("POST /session", { bare: true, body: { token: "wrong" }, headers: cf(address) });
  const signIn = (address: string) =>
    admin.ask("POST /session", { bare: true, body: { token: ADMIN_TOKEN }, headers: cf(address) });
  const cf = (address: string) => ({ "cf-connecting-ip": address });

  test("are refused ten times, then the client waits, and longer each time", async () => {
    for (let tries = 0; tries < 10; tries++) expect((await guess("1.2.3.4")).status).toBe(401);
    const refused = await signIn("1.2.3.4");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
    expect((await signIn("5.6.7.8")).status).toBe(200);
    await admin.platform.clock.advance(MINUTE_MS);
    expect((await guess("1.2.3.4")).status).toBe(401);
    expect((await guess("1.2.3.4")).headers.get("retry-after")).toBe("120");
    await admin.platform.clock.advance(2 * MINUTE_MS);
    expect((await signIn("1.2.3.4")).status).toBe(200);
  });

  test("of many clients make strangers wait, but not who got in before", async () => {
    expect((await signIn("9.9.9.9")).status).toBe(200);
    for (let tries = 0; tries < 30; tries++) await guess(`10.0.0.${tries}`);
    expect((await signIn("8.8.8.8")).status).toBe(429);
    expect((await signIn("9.9.9.9")).status).toBe(200);
  });

  test("of one house in IPv6 count together", async () => {
    for (let tries = 0; tries < 10; tries++) await guess(`2001:db8:1:2::${tries}`);
    expect((await guess("2001:db8:1:2:ffff::1")).status).toBe(429);
    expect((await guess("2001:db8:1:3::1")).status).toBe(401);
  });

  test("are told in the audit chain once, then with their number", async () => {
    for (let tries = 0; tries < 5; tries++) await guess("1.2.3.4");
    await admin.platform.clock.advance(MINUTE_MS);
    await guess("1.2.3.4");
    const denied = (await admin.trail()).filter(({ outcome }) => outcome === "denied");
    expect(denied.map(({ action, after }) => [action, JSON.parse(after ?? "")])).toEqual([
      ["POST /session", { code: "missing_or_invalid_session", address: "1.2.3.4", more: 4 }],
      ["POST /session", { code: "missing_or_invalid_session", address: "1.2.3.4" }],
    ]);
  });
});

test("a session that is signed out while it is used stays out", async () => {
  const headers = await admin.signIn();
  await admin.platform.clock.advance(MINUTE_MS);
  await Promise.all([
    withCookie(headers, "DELETE /session"),
    withCookie(headers),
    withCookie(headers),
  ]);
  expect((await withCookie(headers)).status).toBe(401);
});
