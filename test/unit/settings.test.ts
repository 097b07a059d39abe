import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSettings } from "../../src/settings.ts";
import { runs } from "../fakes/long.ts";

const read = (env: Record<string, unknown>) =>
  readSettings(env, { modes: ["cheap", "normal", "high_confidence"] });

const settings = (env: Record<string, unknown>) => {
  const { settings, problems } = read(env);
  expect(problems).toEqual([]);
  return settings;
};

const problems = (env: Record<string, unknown>) =>
  read(env).problems.map(({ name, message }) => `${name} ${message}`);

describe("settings", () => {
  it("of an empty environment are the documented defaults", () => {
    expect(settings({})).toEqual({
      listenAddr: undefined,
      configFile: undefined,
      dataDir: "./data",
      databaseFile: undefined,
      privateEgress: [],
      defaults: { mode: "normal", maxBudgetUsd: 0.05, maxLatencyMs: 20_000 },
      defaultsGiven: {},
      logLevel: undefined,
      logFormat: undefined,
      metricsToken: undefined,
      adminToken: undefined,
      publicUrl: undefined,
      trustProxy: [],
      vaultEnabled: true,
      vaultPepperFile: undefined,
      given: [],
      declared: { providers: [], models: [], offers: [], aliases: [] },
      simulated: undefined,
      simulatedRefused: false,
      quickStart: false,
    });
  });

  it("that are empty are absent, and bindings that are no text are not looked at", () => {
    const env = { TOKENHUB_LOG_LEVEL: "", TOKENHUB_SIMULATED: " ", TOKENHUB_PORT: {}, DB: {} };
    expect(settings(env)).toEqual(settings({}));
  });

  it("tell every problem by name and never by value", () => {
    const secret = "planted secret";
    const env = Object.fromEntries(
      [
        "LISTEN_ADDR",
        "PORT",
        "DATABASE_URL",
        "PRIVATE_EGRESS",
        "VLLM_ENDPOINTS",
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_BASE_URL",
        "DEFAULT_MODE",
        "DEFAULT_MAX_BUDGET_USD",
        "DEFAULT_MAX_LATENCY_MS",
        "LOG_LEVEL",
        "LOG_FORMAT",
        "ADMIN_TOKEN",
        "PUBLIC_URL",
        "TRUST_PROXY",
        "VAULT_ENABLED",
        "SIMULATED",
      ].map((name) => [`TOKENHUB_${name}`, secret]),
    );
    const told = problems(env);
    expect(told.map((line) => line.split(" ")[0]).sort()).toEqual(Object.keys(env).sort());
    expect(told.join("\n")).not.toContain(secret);
  });

  it("never throw, whatever they are", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom("LISTEN_ADDR", "DATABASE_URL", "VLLM_ENDPOINTS", "PRIVATE_EGRESS", "PORT"),
        (value, name) => {
          read({ [`TOKENHUB_${name}`]: value });
        },
      ),
      { numRuns: runs(200, 20_000) },
    );
  });
});

describe("an unknown name", () => {
  it("is told with the known name that was probably meant", () => {
    const env = { TOKENHUB_LISTEN_ADR: "x", TOKENHUB_QUITE_ELSE_ALTOGETHER: "x", LISTEN_ADR: "x" };
    expect(read(env).unknown).toEqual([
      { name: "TOKENHUB_LISTEN_ADR", nearest: "TOKENHUB_LISTEN_ADDR" },
      { name: "TOKENHUB_QUITE_ELSE_ALTOGETHER", nearest: undefined },
    ]);
  });
});

describe("where to listen", () => {
  it("is an address, all interfaces, or PORT on all interfaces", () => {
    const at = (env: Record<string, string>) => settings(env).listenAddr;
    expect(at({ TOKENHUB_LISTEN_ADDR: "0.0.0.0:80" })).toEqual({ host: "0.0.0.0", port: 80 });
    expect(at({ TOKENHUB_LISTEN_ADDR: ":9000" })).toEqual({ host: undefined, port: 9000 });
    expect(at({ TOKENHUB_LISTEN_ADDR: "[::1]:8080" })).toEqual({ host: "::1", port: 8080 });
    expect(at({ PORT: "3000" })).toEqual({ host: undefined, port: 3000 });
    expect(at({ PORT: "1", TOKENHUB_LISTEN_ADDR: ":2" })?.port).toBe(2);
  });

  it("is refused without port or beyond 65535", () => {
    for (const value of ["localhost", "localhost:", ":65536", "::1:80", "a b:1"]) {
      expect(problems({ TOKENHUB_LISTEN_ADDR: value })).toHaveLength(1);
    }
  });
});

describe("the database", () => {
  it("is a file, by its new or old name", () => {
    const file = (env: Record<string, string>) => settings(env).databaseFile;
    expect(file({ TOKENHUB_DATABASE_URL: "file:./a b.db" })).toBe("./a b.db");
    expect(file({ TOKENHUB_DATABASE_URL: "file:///var/t.db" })).toBe("/var/t.db");
    expect(file({ TOKENHUB_DB_DSN: "file:t.db" })).toBe("t.db");
  });

  it("cannot be Postgres, which is said without the password in its URL", () => {
    expect(problems({ TOKENHUB_DATABASE_URL: "postgres://u:pw@db/x" })).toEqual([
      "TOKENHUB_DATABASE_URL must be file:PATH (an SQLite file); Postgres is not supported",
    ]);
  });
});

describe("a provider of the environment", () => {
  it("is openai when there is a key, the prefixed one first", () => {
    const openai = (env: Record<string, string>) => settings(env).declared.providers[0];
    expect(openai({ OPENAI_API_KEY: "sk-1" })).toEqual({
      id: "openai",
      kind: "openai",
      baseUrl: "https://api.openai.com/v1",
      endpoints: [],
      dialects: undefined,
      credentialSource: "env",
      envKeyName: "OPENAI_API_KEY",
      network: "public",
      headers: {},
      labels: [],
      enabled: true,
    });
    expect(openai({ OPENAI_API_KEY: "a", TOKENHUB_OPENAI_API_KEY: "b" })?.envKeyName).toBe(
      "TOKENHUB_OPENAI_API_KEY",
    );
    expect(openai({ OPENAI_BASE_URL: "http://127.0.0.1:1/" })).toBeUndefined();
  });

  it("is anthropic when there is its key, beside the others", () => {
    const env = { ANTHROPIC_API_KEY: "sk-ant", OPENAI_API_KEY: "sk-1" };
    expect(settings(env).declared.providers.map(({ id }) => id)).toEqual(["openai", "anthropic"]);
    expect(settings({ ANTHROPIC_API_KEY: "sk-ant" }).declared.providers).toMatchObject([
      {
        kind: "anthropic",
        baseUrl: "https://api.anthropic.com/v1",
        envKeyName: "ANTHROPIC_API_KEY",
      },
    ]);
    const moved = { ANTHROPIC_API_KEY: "a", ANTHROPIC_BASE_URL: "https://proxy.example.com" };
    expect(settings(moved).declared.providers[0]?.baseUrl).toBe("https://proxy.example.com/v1");
  });

  it("at a private base URL may be reached there and nowhere else", () => {
    const env = { OPENAI_API_KEY: "a", OPENAI_BASE_URL: "http://127.0.0.1:9/" };
    expect(settings(env).declared.providers[0]).toMatchObject({
      baseUrl: "http://127.0.0.1:9/v1",
      network: "private",
    });
    expect(settings(env).privateEgress).toEqual(["http://127.0.0.1:9/v1"]);
  });

  it("is one vllm for all endpoints, allowed for private egress", () => {
    const env = {
      TOKENHUB_VLLM_ENDPOINTS: "http://10.0.0.5:8000, http://gpu2:8000/v1/",
      TOKENHUB_PRIVATE_EGRESS: "192.168.0.0/16,box.lan",
    };
    expect(settings(env).declared.providers).toMatchObject([
      {
        id: "vllm",
        baseUrl: "http://10.0.0.5:8000/v1",
        endpoints: ["http://10.0.0.5:8000/v1", "http://gpu2:8000/v1"],
        credentialSource: "none",
        network: "private",
      },
    ]);
    expect(settings(env).privateEgress).toEqual([
      "192.168.0.0/16",
      "box.lan",
      "http://10.0.0.5:8000/v1",
      "http://gpu2:8000/v1",
    ]);
    const single = settings({ TOKENHUB_VLLM_ENDPOINTS: "http://10.0.0.5:8000" });
    expect(single.declared.providers[0]?.endpoints).toEqual([]);
  });

  it("is not made of a key that would break out of its header", () => {
    expect(problems({ TOKENHUB_OPENAI_API_KEY: "a\r\nx: y" })).toEqual([
      "TOKENHUB_OPENAI_API_KEY must be printable ASCII without spaces",
    ]);
  });
});

describe("the simulated provider", () => {
  it("is there only when asked for", () => {
    expect(settings({}).simulated).toBeUndefined();
    const refused = settings({ TOKENHUB_SIMULATED: "0" });
    expect([refused.simulated, refused.simulatedRefused]).toEqual([undefined, true]);
    const rows = settings({ TOKENHUB_SIMULATED: "1" }).simulated;
    expect(rows?.providers.map(({ kind }) => kind)).toEqual(["simulated"]);
    expect(rows?.models.map(({ id, weight }) => [id, weight])).toEqual([
      ["simulated/small", 3],
      ["simulated/large", 8],
    ]);
    const [small, large] = rows?.offers ?? [];
    expect(Number(small?.prices.output)).toBeLessThan(Number(large?.prices.output));
  });
});

describe("the admin token", () => {
  it("is long and random enough, and no placeholder", () => {
    const good = "0123456789abcdefghijklmnopqrstuv";
    expect(settings({ TOKENHUB_ADMIN_TOKEN: good }).adminToken).toBe(good);
    const bad = [
      "x",
      good.slice(1),
      `${good} ${good}`,
      "a".repeat(64),
      "REDACTED-REDACTED-REDACTED-0123456",
      "changeme-changeme-changeme-12345678",
      `\${TOKENHUB_ADMIN_TOKEN_of_the_cluster}`,
      "replace-me-with-something-long-1234",
    ];
    for (const value of bad) {
      expect([value, problems({ TOKENHUB_ADMIN_TOKEN: value })]).toEqual([
        value,
        ["TOKENHUB_ADMIN_TOKEN must be at least 32 printable characters, and no placeholder"],
      ]);
    }
  });
});

describe("where people reach the page", () => {
  it("is an origin, with or without a slash behind it", () => {
    const at = (value: string) => settings({ TOKENHUB_PUBLIC_URL: value }).publicUrl;
    expect(at("https://hub.acme.com/")).toBe("https://hub.acme.com");
    expect(at("http://localhost:8080")).toBe("http://localhost:8080");
    for (const value of ["hub.acme.com", "ftp://a.b", "https://a.b/hub", "https://u:p@a.b"]) {
      expect(problems({ TOKENHUB_PUBLIC_URL: value })).toHaveLength(1);
    }
  });
});

it("names of what was given are kept, values are not told with them", () => {
  const env = { TOKENHUB_LOG_LEVEL: "warn", OPENAI_API_KEY: "sk-1", TOKENHUB_PORT: "" };
  expect(settings(env).given).toEqual(["OPENAI_API_KEY", "TOKENHUB_LOG_LEVEL"]);
});
