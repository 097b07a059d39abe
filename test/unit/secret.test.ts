import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret, scrubber, secretsOf, spellings } from "../../src/secret.ts";

const TEXT = 'sk-canary/"0123+456"?';

test("a secret leaves through use only", () => {
  const secret = new Secret(TEXT);
  const shown = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect(secret, { showHidden: true, depth: 9 }),
    inspect({ in: [secret] }),
    JSON.stringify(structuredClone(secret)),
    JSON.stringify(Object.entries(secret)),
  ];
  for (const text of shown) expect(text).not.toContain("canary");
  expect(secret.use((text) => text.length)).toBe(TEXT.length);
});

test("a scrubber finds a secret in every spelling", () => {
  const scrub = scrubber(["other-secret", TEXT]);
  const all = spellings(TEXT);
  expect(all.length).toBeGreaterThanOrEqual(6);
  for (const spelling of all) {
    expect(scrub(`a ${spelling} b`)).toMatch(/^a \[secret\](?:==?)? b$/);
  }
  expect(scrub(JSON.stringify({ error: TEXT }))).toBe('{"error":"[secret]"}');
  expect(scrub("nothing")).toBe("nothing");
});

test("a scrubber leaves texts alone that would be found by chance", () => {
  expect(scrubber(["abc", ""])("abcdef")).toBe("abcdef");
});

test("what of an environment is a secret is told by its name", () => {
  const env = {
    OPENAI_API_KEY: "one",
    TOKENHUB_ADMIN_TOKEN: "two",
    PATH: "/bin",
    db_password: "three",
  };
  expect(secretsOf(env)).toEqual(["one", "two", "three"]);
});
