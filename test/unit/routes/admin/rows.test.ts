/** The rows that an admin keeps: made, read, changed, removed; with versions, owners and what must not be said. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type AdminIsolate, startAdmin } from "../../../fakes/admin.ts";

let admin: AdminIsolate;
beforeEach(async () => {
  admin = await startAdmin({ TOKENHUB_OPENAI_API_KEY: "sk-from-environment" });
});
afterEach(() => admin.close());

const PROVIDER = { id: "acme", type: "openai", base_url: "https://api.acme.com" };
const MODEL = { id: "acme/large", weight: 7, max_context_tokens: 128_000 };
const OFFER = {
  provider_id: "acme",
  model_id: "acme/large",
  input_per_1k: 0.0025,
  output_per_1k: 0,
};

/** Everything that other rows name. */
async function fill(): Promise<void> {
  await admin.ask("POST /providers", { body: PROVIDER });
  await admin.ask("POST /models", { body: MODEL });
}

const CASES = [
  ["/providers", PROVIDER, "acme", { labels: ["eu"] }],
  ["/models", MODEL, "acme/large", { weight: 3 }],
  ["/offers", OFFER, "acme/acme/large", { expected_latency_ms: 900 }],
  [
    "/aliases",
    { id: "fast", strategy: "ordered", targets: [{ model_id: "acme/large" }] },
    "fast",
    { strategy: "weighted" },
  ],
  ["/projects", { id: "red", name: "Red team", budget_day_usd: 12.5 }, "red", { name: "Crimson" }],
  ["/alerts", { id: "hook", url: "https://hooks.acme.com/x" }, "hook", { events: ["budget-80"] }],
] as const;

describe.each(CASES)("%s", (path, row, id, change) => {
  const one = `${path}/${encodeURIComponent(id)}`;
  beforeEach(async () => {
    if (path === "/offers" || path === "/aliases") await fill();
  });

  test("is made, read, listed, patched, replaced and removed, each with its entry", async () => {
    const { body: providers } = await admin.ask("POST /providers", { body: PROVIDER });
    expect(providers.id).toBe("acme");
    const before = (await admin.trail()).length;
    const made = await admin.ask(`POST ${path}`, { body: row });
    expect([made.status, made.body]).toMatchObject(
      [
        path === "/providers" ? 200 : 201,
        { id, ...row, version: path === "/providers" ? 2 : 1, managed: "admin" },
      ].map((part, index) => (index === 1 ? { ...(part as object), ...normal(path) } : part)),
    );
    expect((await admin.ask(`GET ${one}`)).body).toEqual(made.body);
    const { body: list } = await admin.ask(`GET ${path}`);
    expect(list.data.map((each: { id: string }) => each.id)).toContain(id);

    const { version } = made.body;
    const patched = await admin.ask(`PATCH ${one}`, { body: change });
    expect([patched.status, patched.body]).toMatchObject([
      200,
      { ...change, version: version + 1 },
    ]);
    const replaced = await admin.ask(`PUT ${one}`, { body: row });
    expect([replaced.status, replaced.body]).toEqual([200, { ...made.body, version: version + 2 }]);
    expect(await admin.ask(`DELETE ${one}`)).toMatchObject({
      status: 200,
      body: { deleted: true },
    });
    expect((await admin.ask(`GET ${one}`)).status).toBe(404);
    expect((await admin.ask(`DELETE ${one}`)).status).toBe(404);
    expect((await admin.trail()).length).toBe(before + 4);
  });

  test("is written over only in the version that was read", async () => {
    const { body } = await admin.ask(`POST ${path}`, { body: row });
    const old = { "if-match": `"${body.version + 5}"` };
    for (const what of [`POST ${path}`, `PUT ${one}`, `PATCH ${one}`, `DELETE ${one}`]) {
      const sent = what.startsWith("PATCH") ? change : what.startsWith("DELETE") ? {} : row;
      const refused = await admin.ask(what, { body: sent, headers: old });
      expect([what, refused.status, refused.body.error.code]).toEqual([
        what,
        412,
        "version_mismatch",
      ]);
    }
    const right = { "if-match": `"${body.version}"` };
    expect((await admin.ask(`PATCH ${one}`, { body: change, headers: right })).status).toBe(200);
  });

  test("takes no field that is unknown, only told, or of a prototype", async () => {
    await admin.ask(`POST ${path}`, { body: row });
    const state = JSON.stringify((await admin.ask(`GET ${one}`)).body);
    for (const key of ["version", "managed", "spent", "constructor", "__proto__"]) {
      const body = `{${JSON.stringify(key)}:{"a":1},${JSON.stringify(row).slice(1)}`;
      for (const what of [`POST ${path}`, `PUT ${one}`, `PATCH ${one}`]) {
        const refused = await admin.ask(what, { body });
        expect([what, key, refused.status, refused.body.error.code]).toEqual([
          ...[what, key, 400, "invalid_field"],
        ]);
      }
    }
    expect(JSON.stringify((await admin.ask(`GET ${one}`)).body)).toBe(state);
  });
});

/** What a row is told as where that is not what was written. */
function normal(path: string): object {
  return path === "/providers"
    ? { base_url: "https://api.acme.com/v1", network: "public" }
    : path === "/aliases"
      ? { targets: [{ model_id: "acme/large", weight: 1 }] }
      : {};
}

test("the path and the row must name the same", async () => {
  await fill();
  const refused = await admin.ask("PUT /providers/other", { body: PROVIDER });
  expect([refused.status, refused.body.error.param]).toEqual([400, "id"]);
  const offer = await admin.ask("PUT /offers/acme%2Fother", { body: OFFER });
  expect([offer.status, offer.body.error.param]).toEqual([400, "model_id"]);
});

test("what names a row that is nowhere is refused with its path", async () => {
  await fill();
  const param = async (what: string, body: object) => {
    const { status, body: told } = await admin.ask(what, { body });
    return [status, told.error?.code, told.error?.param];
  };
  expect(await param("POST /offers", { ...OFFER, provider_id: "nobody" })).toEqual([
    ...[400, "bad_target", "provider_id"],
  ]);
  expect(await param("POST /models", { id: "m", provider_id: "nobody" })).toEqual([
    ...[400, "bad_target", "provider_id"],
  ]);
  expect(await param("POST /keys", { name: "k", project_id: "nobody" })).toEqual([
    ...[400, "bad_target", "project_id"],
  ]);
});

test("the flat form of a model makes the model and its offer, and prices come back as written", async () => {
  await admin.ask("POST /providers", { body: PROVIDER });
  const flat = {
    ...MODEL,
    provider_id: "acme",
    pricing: { input_per_1k: 0.003, output_per_1k: 0.015 },
  };
  const made = await admin.ask("POST /models", { body: flat });
  expect([made.status, made.body.id]).toEqual([201, "acme/large"]);
  const { body } = await admin.ask("GET /offers/acme/acme/large");
  expect(body).toMatchObject({
    input_per_1k: 0.003,
    output_per_1k: 0.015,
    upstream_name: "acme/large",
  });
  const actions = (await admin.trail()).map(({ action }) => action);
  expect(actions.slice(0, 2)).toEqual(["offer.put", "model.put"]);
});

test("a model and an alias share one space of names", async () => {
  await fill();
  const alias = { id: "acme/large", strategy: "ordered", targets: [{ model_id: "acme/large" }] };
  expect((await admin.ask("POST /aliases", { body: alias })).status).toBe(400);
  await admin.ask("POST /aliases", { body: { ...alias, id: "fast" } });
  expect((await admin.ask("POST /models", { body: { id: "fast" } })).status).toBe(400);
});

test("what the environment declares is shown, and read-only with the reason", async () => {
  const { body } = await admin.ask("GET /providers/openai");
  expect(body).toMatchObject({ managed: "config", env_key_name: "TOKENHUB_OPENAI_API_KEY" });
  const changed = await admin.ask("PATCH /providers/openai", { body: { labels: ["eu"] } });
  expect([changed.status, changed.body.error.code]).toEqual([409, "conflict"]);
  expect(changed.body.error.message).toContain("config file or the environment");
  expect((await admin.ask("DELETE /providers/openai")).status).toBe(409);
});

test("pages are walked by their last id", async () => {
  for (const id of ["a", "b", "c"])
    await admin.ask("POST /providers", { body: { ...PROVIDER, id } });
  const first = await admin.ask("GET /providers?limit=2");
  expect([first.body.data.map(({ id }: { id: string }) => id), first.body.next]).toEqual([
    ["a", "b"],
    "b",
  ]);
  const second = await admin.ask("GET /providers?limit=2&after=b");
  expect([second.body.data.map(({ id }: { id: string }) => id), second.body.next]).toEqual([
    ["c", "openai"],
    null,
  ]);
  expect((await admin.ask("GET /providers?limit=201")).status).toBe(400);
  expect((await admin.ask("GET /providers?nonsense=1")).status).toBe(400);
  expect((await admin.ask("GET /models?provider=acme")).status).toBe(400);
});

test("offers are listed for one provider", async () => {
  await fill();
  await admin.ask("POST /providers", { body: { ...PROVIDER, id: "other" } });
  for (const provider_id of ["acme", "other"]) {
    await admin.ask("POST /offers", { body: { ...OFFER, provider_id } });
  }
  const { data } = (await admin.ask("GET /offers?provider=other")).body;
  expect(data.map(({ id }: { id: string }) => id)).toEqual(["other/acme/large"]);
});

test("a change is seen by routing at once", async () => {
  await admin.ask("POST /providers", { body: PROVIDER });
  await admin.ask("POST /models", { body: { ...MODEL, provider_id: "acme" } });
  expect(admin.gateway.snapshot.catalog().models.has("acme/large")).toBe(true);
});

describe("addresses", () => {
  const put = (base_url: string, network?: string) =>
    admin.ask("POST /providers", { body: { ...PROVIDER, base_url, network } });

  test.each([
    ...[
      "http://127.0.0.1",
      "http://2130706433",
      "http://0x7f.1",
      "http://0177.0.0.1",
      "http://127.1",
    ],
    ...["http://①②⑦.⓪.⓪.①", "http://[::1]", "http://[::ffff:7f00:1]", "http://0.0.0.0", "http://0"],
    ...[
      "http://localhost.",
      "https://foo.localhost",
      "https://10.20.3.4:8000",
      "http:\\\\10.0.0.1",
    ],
    ...["https://169.254.169.254", "https://[fd00:ec2::254]", "https://[64:ff9b::a9fe:a9fe]"],
    ...["https://metadata.google.internal", "https://168.63.129.16", "https://100.100.100.200"],
    ...["https://api.acme.com:22", "http://api.acme.com"],
  ])("a public provider is not at %s", async (url) => {
    const { status, body } = await put(url);
    expect([status, body.error?.code, body.error?.param]).toEqual([
      400,
      "egress_denied",
      "base_url",
    ]);
    expect((await admin.ask("GET /providers/acme")).status).toBe(404);
  });

  test.each([
    "https://user:pw@host.example",
    "ftp://a.b",
    "file:///etc/passwd",
    "data:,x",
    "https://a.b/?q=1",
  ])("%s is no address of a provider, and is not told again", async (url) => {
    const { status, text } = await put(url);
    expect(status).toBe(400);
    expect(text).not.toContain("pw@");
  });

  test("a webhook may carry its secret in the query, but is nowhere else than a provider may be", async () => {
    const post = (url: string) => admin.ask("POST /alerts", { body: { url } });
    const { status, body } = await post("https://hooks.example.com/x?token=1");
    expect([status, body.url]).toEqual([201, "https://hooks.example.com/x?token=1"]);
    expect((await post("https://169.254.169.254/x?token=1")).status).toBe(400);
  });

  test("a private provider is where the operator's list allows it, metadata never", async () => {
    expect((await put("http://10.20.3.4:8000", "private")).status).toBe(400);
    admin.close();
    admin = await startAdmin({ TOKENHUB_PRIVATE_EGRESS: "10.0.0.0/8,169.254.0.0/16" });
    expect((await put("http://10.20.3.4:8000", "private")).status).toBe(201);
    expect((await put("http://10.20.3.4:8000")).status).toBe(400);
    expect((await put("http://169.254.169.254", "private")).status).toBe(400);
  });
});
