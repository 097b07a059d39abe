import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { applyConfig, type Config, ConfigError, readConfigFile } from "../../self-hosted/config.ts";
import { LIMITS } from "../../src/limits.ts";
import { MODES } from "../../src/policies/index.ts";
import { aliasRow, modelRow, offerRow, pricingRow, providerRow } from "../../src/registry-rows.ts";
import { DEFAULT_LISTEN_ADDR, readSettings, SETTING_NAMES } from "../../src/settings.ts";

const EXAMPLE = "config/config.example.yaml";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "tokenhub-config-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(text: string | Uint8Array): string {
  const file = path.join(folder, "config.yaml");
  writeFileSync(file, text);
  return file;
}

const read = (text: string) => readConfigFile(write(text));

/** The refusal's lines, without the file's name. */
function refusal(text: string | Uint8Array): string[] {
  const file = write(text);
  try {
    readConfigFile(file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split("\n").map((line) => line.replace(file, ""));
  }
  throw new Error("was accepted");
}

describe("the config file", () => {
  it("may be empty", () => {
    for (const text of ["", "# nothing\n", "providers:\nrouting:\n"]) {
      expect(read(text)).toEqual({
        listenAddr: undefined,
        logLevel: undefined,
        databaseFile: undefined,
        routing: { defaults: {}, limits: {} },
        rows: { providers: [], models: [], offers: [], aliases: [] },
        privateEgress: [],
      });
    }
  });

  it("gives settings, limits, rows, and allows the private endpoints that it names", () => {
    const config = read(
      [
        "listen_addr: ':9000'",
        "log_level: warn",
        "db: { dsn: 'file:/srv/x.db' }",
        "routing: { default_mode: cheap, max_retries: 1, retry_backoff_ms: 10 }",
        "providers:",
        "  - { id: gpu, type: vllm, base_url: http://10.0.0.5:8000 }",
      ].join("\n"),
    );
    expect(config).toMatchObject({
      listenAddr: { host: undefined, port: 9000 },
      logLevel: "warn",
      databaseFile: "/srv/x.db",
      routing: { defaults: { mode: "cheap" }, limits: { attemptsMax: 2, backoffBaseMs: 10 } },
      privateEgress: ["http://10.0.0.5:8000/v1"],
    });
    expect(config.rows.providers[0]?.id).toBe("gpu");
  });

  it("tells every problem at once, with line, column and path", () => {
    expect(
      refusal(
        [
          "listen_adr: x",
          "log_level: loud",
          "routing:",
          "  max_retries: 9",
          "  default_mod: cheap",
          "providers:",
          "  - id: a",
          "    type: openia",
          "    base_ulr: https://x.example",
          "  - id: b",
          "    type: vllm",
        ].join("\n"),
      ),
    ).toEqual([
      ":1:1 listen_adr unknown key; did you mean listen_addr?",
      ':2:1 log_level invalid option: expected one of "debug"|"info"|"warn"|"error"',
      ":4:3 routing.max_retries too big: expected number to be <=3",
      ":5:3 routing.default_mod unknown key; did you mean default_mode?",
      ":8:5 providers.0.type unknown type; known are openai, anthropic, vllm, simulated",
      ":9:5 providers.0.base_ulr unknown key; did you mean base_url?",
      ":10:5 providers.1.base_url required for this type",
    ]);
  });

  it("never shows a value", () => {
    const secret = "sk-planted-secret";
    const lines = refusal(
      `listen_addr: ${secret}\ndb: ${secret}\nproviders:\n  - {id: "${secret} ", type: ${secret}, base_url: ${secret}}\n  - ${secret}\n`,
    );
    expect(lines).toHaveLength(6);
    expect(lines.join("\n")).not.toContain(secret);
    expect(refusal(`a: "${secret}\nb: ${secret}`).join("\n")).not.toContain(secret);
  });

  it("refuses duplicate keys, unknown tags, several documents and prototype keys", () => {
    expect(refusal("log_level: info\nlog_level: warn\n")).toEqual([":2:1 Map keys must be unique"]);
    expect(refusal("log_level: !!js/function x\n")[0]).toMatch(/^:1:12 Unresolved tag/);
    expect(refusal("a: 1\n---\nb: 2\n")[0]).toMatch(/^:2:1 /);
    expect(refusal("__proto__: { log_level: info }\n")).toEqual([":1:1 __proto__ unknown key"]);
    expect(refusal("- 1\n")).toEqual([":1:1 must be a map of settings"]);
  });

  it("refuses alias bombs, aliases of themselves and files over 1 MiB, quickly", () => {
    const bomb = ["a: &a [1,1]"];
    for (const [from, to] of ["ab", "bc", "cd", "de", "ef", "fg"].map((pair) => [...pair])) {
      bomb.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(",")}]`);
    }
    expect(refusal(bomb.join("\n"))[0]).toMatch(/too many aliases/);
    expect(refusal("providers: &p [*p]\n")[0]).toMatch(/^:1:16 providers\.0 /);
    expect(refusal(`# ${"x".repeat(1024 * 1024)}`)[0]).toMatch(/larger than 1 MiB/);
    expect(refusal(Uint8Array.of(0x61, 0xff))[0]).toMatch(/is not UTF-8/);
  });

  it("that is not there is one clear line", () => {
    expect(() => readConfigFile(path.join(folder, "none.yaml"))).toThrow(
      /none\.yaml does not exist/,
    );
    expect(() => readConfigFile(folder)).toThrow(/is a folder/);
  });
});

describe("environment and config file", () => {
  const settings = (env: Record<string, string>) => readSettings(env, { modes: MODES }).settings;
  const config: Config = {
    listenAddr: { host: undefined, port: 1 },
    logLevel: "warn",
    databaseFile: "file.db",
    routing: { defaults: { mode: "cheap", maxBudgetUsd: 1 }, limits: {} },
    rows: { providers: [], models: [], offers: [], aliases: [] },
    privateEgress: ["http://10.0.0.5/v1"],
  };

  it("agree that the environment wins, then the file, then the default", () => {
    const env = {
      TOKENHUB_LISTEN_ADDR: ":2",
      TOKENHUB_DEFAULT_MODE: "normal",
      TOKENHUB_PRIVATE_EGRESS: "box.lan",
    };
    expect(applyConfig(settings(env), config)).toMatchObject({
      listenAddr: { port: 2 },
      logLevel: "warn",
      databaseFile: "file.db",
      defaults: { mode: "normal", maxBudgetUsd: 1, maxLatencyMs: 20_000 },
      privateEgress: ["box.lan", "http://10.0.0.5/v1"],
    });
    expect(applyConfig(settings({}), config).listenAddr).toEqual({ host: undefined, port: 1 });
  });
});

describe("config.example.yaml", () => {
  const example = parse(readFileSync(EXAMPLE, "utf8"));

  it("is a valid config file", () => {
    const { rows } = readConfigFile(EXAMPLE);
    expect(rows.offers.map(({ modelId, providerId }) => `${providerId}/${modelId}`)).toEqual([
      "openai-eu/gpt-5.5",
      "gpu/assistant-large",
      "openai-eu/assistant-large",
    ]);
  });

  it("shows the defaults", () => {
    const settings = readSettings({}, { modes: MODES }).settings;
    const { routing, listenAddr } = readConfigFile(EXAMPLE);
    expect(routing.defaults).toEqual(settings.defaults);
    expect(routing.limits).toEqual({
      attemptsMax: LIMITS.attemptsMax,
      backoffBaseMs: LIMITS.backoffBaseMs,
    });
    expect(listenAddr).toEqual(DEFAULT_LISTEN_ADDR);
  });

  it("shows every key of every row", () => {
    const shown = (rows: object[]) => [...new Set(rows.flatMap((row) => Object.keys(row)))].sort();
    const keys = (schema: { shape: object }) => Object.keys(schema.shape).sort();
    expect(shown(example.providers)).toEqual(keys(providerRow));
    expect(shown(example.aliases)).toEqual(keys(aliasRow));
    const grouped = ["pricing", ...Object.keys(pricingRow.shape)];
    const but = (list: string[], names: string[]) => list.filter((key) => !names.includes(key));
    expect(but(shown(example.models), grouped)).toEqual(but(keys(modelRow), grouped));
    expect(but(shown(example.offers), ["pricing"])).toEqual(but(keys(offerRow), ["pricing"]));
    expect(shown([example.models[0].pricing])).toEqual(keys(pricingRow));
  });
});

describe(".env.example", () => {
  const lines = readFileSync(".env.example", "utf8").split("\n");
  const shown = Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value] = /^# (TOKENHUB_[A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value ?? ""]];
    }),
  );

  it("shows every name that people may set, and sets none", () => {
    const known = SETTING_NAMES.filter((name) => name !== "START").map(
      (name) => `TOKENHUB_${name}`,
    );
    expect(Object.keys(shown).sort()).toEqual([...known].sort());
    expect(lines.filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
  });

  it("shows values that are accepted, but for the admin token, and the defaults", () => {
    const { settings, problems, unknown } = readSettings(shown, { modes: MODES });
    // A token that everybody can read is none.
    const refused = problems.map(({ name }) => name);
    expect([refused, unknown]).toEqual([["TOKENHUB_ADMIN_TOKEN"], []]);
    expect(settings.defaults).toEqual(readSettings({}, { modes: MODES }).settings.defaults);
    expect(settings.dataDir).toBe("./data");
    expect(settings.listenAddr).toEqual(DEFAULT_LISTEN_ADDR);
  });
});
