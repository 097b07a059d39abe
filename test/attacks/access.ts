/** Who asks, and what their text orders. */
import type { Attack } from "./attack.ts";

/** In the table's order. */
export const ACCESS: readonly Attack[] = [
  {
    row: 35,
    what: "credentials that are none, or two",
    required: "401, one body for all",
    proof: [
      [
        "test/node/blackbox/keys.test.ts",
        "no key, and every kind of bad key, get the very same 401",
      ],
    ],
  },
  {
    row: 37,
    what: "a wrong checksum",
    required: "401 without a query",
    proof: [["test/unit/routes/auth.test.ts", "noise costs no read of the store"]],
  },
  {
    row: 38,
    what: "a well-formed key of nobody",
    required: "401, one query, then remembered",
    proof: [["test/unit/snapshot.test.ts", "unknown keys are remembered as such, within a bound"]],
  },
  {
    row: 39,
    what: "revoked or expired keys",
    required: "401 as for an unknown one",
    proof: [
      ["test/unit/routes/auth.test.ts", "unknown, revoked, expired, mistyped: one body for all"],
    ],
  },
  {
    row: 40,
    what: "a key revoked while it is cached",
    required: "401 within 30 s, never back",
    proof: [
      ["test/node/blackbox/keys.test.ts", "a revoked key is refused within 30 seconds"],
      ["test/contracts/admin-store.suite.ts", "stay revoked whatever is put"],
    ],
  },
  {
    row: 41,
    what: "rotation beside validation",
    required: "the new hash stays",
    proof: [
      [
        "test/unit/routes/admin/keys.test.ts",
        "a rotation gives another key; the old one opens until the overlap ends",
      ],
    ],
  },
  {
    row: 42,
    what: "a scope that is missing",
    required: "403",
    proof: [["test/node/blackbox/keys.test.ts", "a scope that is missing is 403"]],
  },
  {
    row: 43,
    what: "a consumer's key on admin, the admin's token elsewhere",
    required: "401 both",
    proof: [
      ["test/node/blackbox/admin-guard.test.ts", "the admin token is no consumer key"],
      [
        "test/node/blackbox/admin-guard.test.ts",
        "no route is for strangers, consumers, or a cookie that was made up",
      ],
    ],
  },
  {
    row: 44,
    what: "a thousand guesses of one address",
    required: "429, forwarded headers not believed",
    proof: {
      absent:
        "guesses at the admin token are limited; guesses at consumer keys cost no query and are not counted by address",
    },
  },
  {
    row: 45,
    what: "guesses from one IPv6 house",
    required: "one bucket",
    proof: [["test/unit/routes/admin/session.test.ts", "of one house in IPv6 count together"]],
  },
  {
    row: 46,
    what: "a weak admin token",
    required: "no start; 503 on the edge",
    proof: [
      ["test/unit/settings.test.ts", "is long and random enough, and no placeholder"],
      ["test/unit/routes/admin/guard.test.ts", "without an admin token set"],
    ],
  },
  {
    row: 48,
    what: "two keys with one beginning",
    required: "two principals",
    proof: [
      [
        "test/unit/routes/rate.test.ts",
        "keys do not share buckets, and a key without a limit has none",
      ],
    ],
  },
  {
    row: 49,
    what: "a key in the query",
    required: "401, and logged nowhere",
    proof: [
      ["test/attacks/canary.test.ts", "row 86: the %s hold no secret"],
      ["test/node/hostile/http.test.ts", "all bad credentials are told the same"],
    ],
  },
  {
    row: 50,
    what: "a clock that jumps over an expiry",
    required: "no resurrection",
    proof: {
      absent: "expiry is judged by the present clock; the time seen last is not kept for keys",
    },
  },
  {
    row: 51,
    what: "directives in text",
    required: "as orchestration says",
    proof: { absent: "directives wait for orchestration" },
  },
  {
    row: 52,
    what: "directives in text",
    required: "as orchestration says",
    proof: { absent: "directives wait for orchestration" },
  },
  {
    row: 53,
    what: "directives in text",
    required: "as orchestration says",
    proof: { absent: "directives wait for orchestration" },
  },
  {
    row: 54,
    what: "directives in text",
    required: "as orchestration says",
    proof: { absent: "directives wait for orchestration" },
  },
  {
    row: 55,
    what: "directives in text",
    required: "as orchestration says",
    proof: { absent: "directives wait for orchestration" },
  },
  {
    row: 56,
    what: "directives in text",
    required: "as orchestration says",
    proof: { absent: "directives wait for orchestration" },
  },
  {
    row: 57,
    what: "directives in text",
    required: "as orchestration says",
    proof: { absent: "directives wait for orchestration" },
  },
  {
    row: 59,
    what: "directives in text",
    required: "as orchestration says",
    proof: { absent: "directives wait for orchestration" },
  },
  {
    row: 60,
    what: "directives in text",
    required: "as orchestration says",
    proof: { absent: "directives wait for orchestration" },
  },
  {
    row: 62,
    what: "directives in text",
    required: "as orchestration says",
    proof: { absent: "directives wait for orchestration" },
  },
  {
    row: 63,
    what: "directives in text",
    required: "as orchestration says",
    proof: { absent: "directives wait for orchestration" },
  },
  {
    row: 64,
    what: "directives in text",
    required: "as orchestration says",
    proof: { absent: "directives wait for orchestration" },
  },
  {
    row: 65,
    what: "directives in text",
    required: "as orchestration says",
    proof: { absent: "directives wait for orchestration" },
  },
];
