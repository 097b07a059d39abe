import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { networkOf, normalBaseUrl } from "../../src/base-url.ts";
import { runs } from "../fakes/long.ts";

describe("a base URL", () => {
  it("means the same with and without its trailing /v1 and slashes", () => {
    const spellings = ["https://a.example", "https://a.example/", "https://a.example/v1/"];
    for (const text of spellings) expect(normalBaseUrl(text)).toBe("https://a.example/v1");
    expect(normalBaseUrl("https://a.example/openai//")).toBe("https://a.example/openai");
  });

  it("is refused with user info, query, fragment or another scheme", () => {
    for (const text of [
      "https://user:secret@a.example",
      "https://a.example/v1?key=secret",
      "https://a.example/#x",
      "ftp://a.example",
      "a.example",
      "",
    ]) {
      expect(normalBaseUrl(text)).toBeUndefined();
    }
  });

  it("is stable once normal", () => {
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ["http", "https"] }), (text) => {
        const once = normalBaseUrl(text);
        fc.pre(once !== undefined);
        expect(normalBaseUrl(once)).toBe(once);
      }),
      { numRuns: runs(100, 20_000) },
    );
  });

  it("lies in a private network when it is http, loopback or a private address", () => {
    const privates = [
      "http://api.example/v1",
      "https://localhost/v1",
      "https://127.0.0.1/v1",
      "https://[::1]/v1",
      "https://192.168.1.5/v1",
      "https://[::ffff:10.0.0.1]/v1",
      "https://2130706433/v1",
    ];
    for (const url of privates) expect(networkOf(url), url).toBe("private");
    for (const url of ["https://api.example/v1", "https://8.8.8.8/v1"]) {
      expect(networkOf(url), url).toBe("public");
    }
  });
});
