/** What an admin keeps, over real HTTP and a real database, in both homes. */
import { describe, expect, test, vi } from "vitest";
import { type AdminAsked, askAdmin } from "../../fakes/admin-client.ts";
import { clientOf, saying } from "../../fakes/client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, {
    upstream: { models: { up: {} } },
    registry: {
      providers: [{ id: "file" }],
      models: [{ id: "filed", provider_id: "file", upstream_name: "up" }],
    },
  });
  const ask = (what: string, asked?: AdminAsked) => askAdmin(gateway.home, what, asked);
  const trail = async () =>
    (await ask("GET /audit")).body.data.map((one: { action: string; target: string }) => [
      one.action,
      one.target,
    ]);

  /** id → row, change; what later rows name comes first, and all are removed in the other order. */
  const rows = () =>
    [
      [
        ...["provider", "providers", "paged"],
        { id: "paged", type: "openai", base_url: gateway.upstream.baseUrl, network: "private" },
        { labels: ["eu"] },
      ],
      [...["model", "models", "acme/large"], { id: "acme/large", weight: 7 }, { weight: 3 }],
      [
        ...["offer", "offers", "paged/acme/large"],
        { provider_id: "paged", model_id: "acme/large", upstream_name: "up", input_per_1k: 0.001 },
        { output_per_1k: 0.002 },
      ],
      [
        ...["alias", "aliases", "fast"],
        { id: "fast", strategy: "ordered", targets: [{ model_id: "acme/large" }] },
        { enabled: true },
      ],
      [...["project", "projects", "red"], { id: "red", name: "Red" }, { budget_day_usd: 1.25 }],
      [
        ...["alert", "alerts", "hook"],
        { id: "hook", url: "https://a.example/x" },
        { enabled: false },
      ],
    ] as [string, string, string, object, object][];

  test("every row is made, changed, read and removed, each change with one entry of the chain", async () => {
    const expected: string[][] = [];
    for (const [kind, list, id, row, change] of rows()) {
      const one = `/${list}/${encodeURIComponent(id)}`;
      const made = await ask(`POST /${list}`, { body: row });
      expect([id, made.status, made.body]).toMatchObject([
        id,
        201,
        { id, version: 1, managed: "admin" },
      ]);
      const changed = await ask(`PATCH ${one}`, { body: change, headers: { "if-match": '"1"' } });
      expect([id, changed.status, changed.body]).toMatchObject([
        id,
        200,
        { ...change, version: 2 },
      ]);
      expect(
        (await ask(`PATCH ${one}`, { body: change, headers: { "if-match": '"1"' } })).status,
      ).toBe(412);
      expect((await ask(`GET ${one}`)).body).toEqual(changed.body);
      const { data } = (await ask(`GET /${list}`)).body;
      expect(data).toContainEqual(changed.body);
      expected.unshift([`${kind}.put`, id], [`${kind}.put`, id]);
    }
    expect(await trail()).toEqual(expected);

    const { key } = (
      await ask("POST /keys", { body: { name: "ci", allowed_models: ["acme/large"] } })
    ).body;
    const client = clientOf(gateway.home, key);
    await vi.waitFor(
      async () => {
        const answer = await client.complete({ model: "fast", messages: saying("Hello?") });
        expect([answer.status, answer.headers["x-tokenhub-provider"]]).toEqual([200, "paged"]);
      },
      { timeout: 5_000, interval: 100 },
    );

    for (const [, list, id] of rows().reverse()) {
      const one = `/${list}/${encodeURIComponent(id)}`;
      expect((await ask(`DELETE ${one}`)).body).toEqual({ deleted: true });
      expect((await ask(`GET ${one}`)).status).toBe(404);
    }
    expect((await ask("POST /audit/verify", { body: {} })).body).toEqual({ ok: true, entries: 19 });
    expect((await client.complete({ model: "filed", messages: saying("?") })).status).toBe(404);
  });

  test("a key opens as soon as it is made, in its new form after a rotation, and never once revoked", async () => {
    const made = await ask("POST /keys", { body: { name: "short", scopes: ["models"] } });
    const { id, key } = made.body;
    const status = async (one: string) =>
      (await clientOf(gateway.home, one).get("/v1/models")).status;
    expect(await status(key)).toBe(200);
    const rotated = await ask(`POST /keys/${id}/rotate`, { body: { overlap_seconds: 600 } });
    expect([await status(rotated.body.key), await status(key)]).toEqual([200, 200]);
    await ask(`DELETE /keys/${id}`, { body: {} });
    await vi.waitFor(
      async () => expect([await status(rotated.body.key), await status(key)]).toEqual([401, 401]),
      { timeout: 5_000, interval: 100 },
    );
    expect((await ask(`GET /keys/${id}`)).body.state).toBe("revoked");
    for (const what of ["GET /keys", "GET /audit"]) {
      const { text } = await ask(what);
      for (const secret of [key, rotated.body.key]) expect(text).not.toContain(secret);
    }
  });

  test("what the config file declares is shown and left alone, with the reason", async () => {
    expect((await ask("GET /providers/file")).body).toMatchObject({ managed: "config" });
    const refused = await ask("PATCH /providers/file", { body: { enabled: false } });
    expect([refused.status, refused.body.error.code]).toEqual([409, "conflict"]);
    expect((await ask("DELETE /models/filed")).status).toBe(409);
  });

  test("addresses that nobody granted are refused when they are saved", async () => {
    const put = (base_url: string, network = "public") =>
      ask("PUT /providers/bad", { body: { id: "bad", type: "openai", base_url, network } });
    const before = (await ask("GET /audit")).body.data[0]?.seq;
    const bad: (readonly [string, string?])[] = [
      ["http://127.0.0.1:9"],
      ["https://2130706433"],
      ["https://localhost."],
      ["http://10.20.3.4:8000", "private"],
      ["http://169.254.169.254", "private"],
      ["https://metadata.google.internal", "private"],
    ];
    for (const [url, network] of bad) {
      const { status, body } = await put(url, network);
      expect([url, status, body.error?.code]).toEqual([url, 400, "egress_denied"]);
    }
    const { status, text } = await put("https://user:planted@host.example");
    expect([status, text.includes("planted")]).toEqual([400, false]);
    expect((await ask("GET /audit")).body.data[0]?.seq).toBe(before);
  });

  test("a provider that is tried tells what it serves", async () => {
    expect((await ask("POST /providers/file/test")).body).toMatchObject({ ok: true, what: "ok" });
    const { models } = (await ask("POST /providers/file/discover")).body;
    expect(models).toContainEqual(expect.objectContaining({ id: "up" }));
    const gone = { id: "gone", type: "openai", base_url: "http://127.0.0.1:1", network: "private" };
    await ask("POST /providers", { body: gone });
    const { ok, what } = (await ask("POST /providers/gone/test")).body;
    // workerd's outbound answers for a port that nobody listens to.
    expect([ok, what]).toEqual([false, name === "node" ? "unreachable" : "http_error"]);
  });
});
