import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { fileAssets } from "../../../self-hosted/assets.ts";
import { edgeAssets } from "../../../src/edge/assets.ts";
import { TokenhubError } from "../../../src/errors.ts";
import type { Gateway } from "../../../src/isolate.ts";
import type { Asset } from "../../../src/platform.ts";
import { mountPage } from "../../../src/routes/admin/page.ts";
import type { AppEnv } from "../../../src/routes/door.ts";

const ASSET: Asset = { body: new TextEncoder().encode("x"), contentType: "text/css" };

/** An app with nothing but the page, whose files these are. */
function pageOf(asset: (path: string) => Promise<Asset | undefined>): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  mountPage(app, { platform: { asset } } as unknown as Gateway);
  return app;
}

describe("a page that is not built", () => {
  const app = pageOf(async () => undefined);

  test("says what builds it, under the same headers", async () => {
    const response = await app.request("/admin");
    expect(response.status).toBe(503);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(await response.text()).toContain("npm start");
  });

  test("has no files", async () => {
    app.onError((error, c) => c.text(error instanceof TokenhubError ? error.code : "?"));
    expect(await (await app.request("/admin/assets/a.js")).text()).toBe("not_found");
    expect(await fileAssets("/no/such/folder")("/admin/index.html")).toBeUndefined();
    expect(await edgeAssets(undefined)("/admin/index.html")).toBeUndefined();
  });
});

test("a file is asked for by its whole path, and its name says that it never changes", async () => {
  const asked: string[] = [];
  const app = pageOf(async (path) => {
    asked.push(path);
    return ASSET;
  });
  const response = await app.request("/admin/assets/a.css");
  expect(asked).toEqual(["/admin/assets/a.css"]);
  expect(response.headers.get("cache-control")).toContain("immutable");
  expect((await app.request("/admin")).headers.get("cache-control")).toBe("no-store");
});

describe("the files of a Worker", () => {
  test("are asked for without the folder of the page", async () => {
    const asked: string[] = [];
    const asset = edgeAssets({
      async fetch(url) {
        asked.push(new URL(url).pathname);
        return new Response("x", { headers: { "content-type": "text/css" } });
      },
    });
    expect(await asset("/admin/assets/a.css")).toMatchObject({ contentType: "text/css" });
    expect(asked).toEqual(["/assets/a.css"]);
    expect(await asset("/elsewhere")).toBeUndefined();
  });

  test("that are not there are none", async () => {
    const asset = edgeAssets({ fetch: async () => new Response("no", { status: 404 }) });
    expect(await asset("/admin/assets/a.css")).toBeUndefined();
  });
});
