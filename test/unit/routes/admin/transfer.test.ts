/** The registry out as YAML and in again, and what a hostile text comes to. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AdminIsolate, PASSWORD, startAdmin } from "../../../fakes/admin.ts";

let admin: AdminIsolate;
beforeEach(async () => {
  admin = await startAdmin();
});
afterEach(() => admin.close());

const load = (yaml: string) => admin.ask("POST /import", { body: { yaml } });

const REGISTRY = `
providers:
  - id: acme
    type: openai
    base_url: https://api.acme.com
    credential_source: escrow
    labels: [eu]
models:
  - id: acme/large
    provider_id: acme
    weight: 7
    input_per_1k: 0.0025
    output_per_1k: 0.01
  - id: small
offers:
  - { model_id: small, provider_id: acme, upstream_name: small-1 }
aliases:
  - id: fast
    strategy: ordered
    targets: [{ model_id: acme/large }, { model_id: small }]
`;

test("what was exported is imported as it was, and then nothing is left to change", async () => {
  expect((await load(REGISTRY)).body).toEqual({ written: 6, unchanged: 0 });
  const out = await admin.ask("GET /export");
  expect(out.headers.get("content-type")).toBe("application/yaml");
  expect((await load(out.text)).body).toEqual({ written: 0, unchanged: 6 });
  const entries = (await admin.trail()).length;

  const other = await startAdmin();
  const again = await other.ask("POST /import", { body: { yaml: out.text } });
  expect(again.body).toEqual({ written: 6, unchanged: 0 });
  expect((await other.trail()).length).toBe(entries);
  const rows = async ({ ask }: AdminIsolate) =>
    Promise.all(
      ["/providers", "/models", "/offers", "/aliases"].map(
        async (p) => (await ask(`GET ${p}`)).body,
      ),
    );
  expect(await rows(other)).toEqual(await rows(admin));
  other.close();
});

test("the plain text is taken with a bearer token", async () => {
  const headers = { "content-type": "application/yaml" };
  const { body } = await admin.ask("POST /import", { body: REGISTRY, headers });
  expect(body).toEqual({ written: 6, unchanged: 0 });
});

test("no secret is exported", async () => {
  await load(REGISTRY);
  for (const what of ["POST /vault/init", "POST /vault/unlock"]) {
    await admin.ask(what, { body: { admin_password: PASSWORD } });
  }
  const body = { secret: "sk-planted-secret-0123456789" };
  expect((await admin.ask("POST /providers/acme/credentials", { body })).status).toBe(201);
  const { text } = await admin.ask("GET /export");
  expect(text).toContain("acme");
  expect(text).not.toMatch(/planted|detnalp|6789|fingerprint/);
});

test("every problem is told with line, column and path, no value, and nothing is written", async () => {
  const { status, body } = await load(`providers:
  - id: acme
    type: planted-kind
    api_key: planted-secret
models:
  - id: m
    provider_id: nobody
vault: planted
`);
  expect([status, body.error.code, body.error.param]).toEqual([400, "invalid_value", "yaml"]);
  const lines = body.error.message.split("\\n");
  expect(body.error.message).toContain("3:5 providers.0.type unknown type");
  expect(body.error.message).toContain("4:5 providers.0.api_key unknown key");
  expect(body.error.message).toContain("7:5 models.0.provider_id no provider has this id");
  expect(body.error.message).toContain("8:1 vault unknown section");
  expect(lines.join()).not.toContain("planted");
  expect((await admin.ask("GET /models")).body.data).toEqual([]);
});

const BOMB = [
  "a: &a [x]",
  ...[..."bcdefghij"].map((name, at) => {
    const before = "abcdefghi"[at];
    return `${name}: &${name} [${Array(9).fill(`*${before}`).join(",")}]`;
  }),
].join("\n");

test.each([
  ["a bomb of aliases", BOMB],
  ["a list", "- a\n- b"],
  ["a scalar", "hello"],
  ["nothing", "  \n"],
  ["a key twice", "providers: []\nproviders: []"],
  ["a tag of code", "providers: !!js/function 'function(){}'"],
  ["broken YAML", "providers: [\n  {"],
  ["prototype keys", "providers:\n  - {id: a, type: openai, __proto__: {x: 1}, constructor: {}}"],
  ["itself", "models: &m\n  - {id: a, capabilities: *m}"],
  ["a section that is no list", "models: {a: 1}"],
  ["depth", `models: ${"[".repeat(5000)}${"]".repeat(5000)}`],
])("%s is refused and leaves nothing", async (_name, yaml) => {
  const { status, body } = await load(yaml);
  expect([status, body.error?.code]).toEqual([400, "invalid_value"]);
  expect(await admin.trail()).toEqual([]);
  expect(({} as { x?: number }).x).toBeUndefined();
});

test("a bomb of aliases ends before it is unfolded", async () => {
  const { body } = await load(`${BOMB}\nmodels: [{ id: m, capabilities: *j }]`);
  expect(body.error.message).toContain("too many aliases");
});

test("more than a MiB is refused", async () => {
  expect((await load(`# ${"x".repeat(1024 * 1024)}`)).status).toBe(400);
  expect((await load(`# ${"x".repeat(3 * 1024 * 1024)}`)).status).toBe(413);
});

test("addresses in it are judged like those typed in", async () => {
  const yaml = "providers:\n  - {id: a, type: openai, base_url: 'http://127.0.0.1:8000'}";
  const { status, body } = await load(yaml);
  expect(status).toBe(400);
  expect(body.error.message).toContain("2:");
  const private_ = yaml.replace("id: a", "id: a, network: private");
  expect((await load(private_)).status).toBe(400);
});

test("a name that a model or an alias has already is refused with its place", async () => {
  await load(REGISTRY);
  const { status, body } = await load("models:\n  - id: fast\naliases: []");
  expect([status, body.error.message.split("\n")[1]]).toEqual([
    400,
    "2:5 models.0.id a model or alias with this id is there",
  ]);
});

test("a row of the config file is refused before anything is written", async () => {
  admin.close();
  admin = await startAdmin({ TOKENHUB_OPENAI_API_KEY: "sk-1" });
  const yaml = `providers:
  - {id: acme, type: openai, base_url: 'https://api.acme.com'}
  - {id: openai, type: openai, base_url: 'https://api.acme.com'}`;
  expect((await load(yaml)).body.error.code).toBe("conflict");
  expect((await admin.ask("GET /providers/acme")).status).toBe(404);
  // As it stands it may be in the text.
  const { text } = await admin.ask("GET /export");
  expect((await load(text)).body).toEqual({ written: 0, unchanged: 1 });
});
