/** The registry out of one home and into another, and texts that mean harm, over real HTTP. */
import { describe, expect, test } from "vitest";
import { type AdminAsked, askAdmin } from "../../fakes/admin-client.ts";
import { useGateway } from "../../fakes/gateway.ts";
import { HOME_NAMES } from "../../fakes/homes.ts";

const REGISTRY = `
providers:
  - { id: acme, type: openai, base_url: https://api.acme.com, labels: [eu] }
models:
  - { id: acme/large, provider_id: acme, weight: 7, input_per_1k: 0.0025, output_per_1k: 0.01 }
aliases:
  - { id: fast, strategy: ordered, targets: [{ model_id: acme/large }] }
`;

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, { registry: {} });
  const ask = (what: string, asked?: AdminAsked) => askAdmin(gateway.home, what, asked);
  const load = (yaml: string) => ask("POST /import", { body: { yaml } });

  test("what is exported can be removed and imported as it was", async () => {
    expect((await load(REGISTRY)).body).toEqual({ written: 4, unchanged: 0 });
    const lists = ["/providers", "/models", "/offers", "/aliases"];
    const rows = async () =>
      JSON.stringify(
        await Promise.all(lists.map(async (list) => (await ask(`GET ${list}`)).body.data)),
      );
    const before = await rows();
    const { text } = await ask("GET /export");
    expect((await load(text)).body).toEqual({ written: 0, unchanged: 4 });
    for (const one of ["/aliases/fast", "/models/acme%2Flarge", "/providers/acme"]) {
      expect((await ask(`DELETE ${one}`)).status).toBe(200);
    }
    expect((await load(text)).body).toEqual({ written: 4, unchanged: 0 });
    expect(await rows()).toBe(before);
    const headers = { "content-type": "application/yaml" };
    const raw = await ask("POST /import", { body: text, headers });
    expect(raw.body).toEqual({ written: 0, unchanged: 4 });
    expect((await ask("POST /audit/verify")).body.ok).toBe(true);
  });

  test("hostile texts are refused with their place and leave nothing", async () => {
    const { entries } = (await ask("POST /audit/verify")).body;
    const links = [..."bcdefghij"].map((one, at) => {
      const before = "abcdefghi"[at];
      return `${one}: &${one} [${Array(9).fill(`*${before}`).join(",")}]`;
    });
    const hostile = [
      ["a: &a [x]", ...links].join("\n"),
      "providers: !!js/function 'x'",
      "providers:\n  - {id: a, type: openai, __proto__: {x: 1}}",
      "models: &m\n  - {id: a, capabilities: *m}",
      `models: ${"[".repeat(5000)}`,
      "providers:\n  - {id: a, type: openai, base_url: 'http://169.254.169.254'}",
    ];
    for (const yaml of hostile) {
      const { status, body } = await load(yaml);
      expect([yaml.slice(0, 20), status, body.error?.code]).toEqual([
        ...[yaml.slice(0, 20), 400, "invalid_value"],
      ]);
      expect(body.error.message).toMatch(/\n(?:\d+:\d+ |uses too many aliases)/);
    }
    expect((await load(`# ${"x".repeat(3 * 1024 * 1024)}`)).status).toBe(413);
    expect((await ask("POST /audit/verify")).body.entries).toBe(entries);
  });
});
