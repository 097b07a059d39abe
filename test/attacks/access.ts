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
    what: "rotations beside each other and beside requests",
    required: "the last one's hash stays, and it alone opens",
    proof: [
      [
        "test/attacks/keys.test.ts",
        "row 41: of rotations at once, amid requests, the last one's hash is kept and it alone opens",
      ],
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
    proof: [
      [
        "test/attacks/guesses.test.ts",
        "beyond the bound a wrong key is told to wait; a good one is served from the same address",
      ],
      [
        "test/attacks/guesses.test.ts",
        "a guess from %s behind proxies %j that say %s is that of %s",
      ],
    ],
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
    what: "two keys with 40 characters in common",
    required: "two principals: in what is cached and in limits",
    proof: [
      [
        "test/attacks/keys.test.ts",
        "row 48: a key whose first 40 characters are another's is another, asked before it or after",
      ],
      [
        "test/attacks/keys.test.ts",
        "row 48: what one has used up the other has not, though they begin alike",
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
    what: "a block in a system message",
    required: "applied; upstream has no marker, all else byte for byte",
    proof: [
      ["test/attacks/directives.test.ts", "a block in %s of a key that says %s"],
      [
        "test/unit/wire/directives.test.ts",
        "messages and fields beside keep their bytes (%i characters)",
      ],
    ],
  },
  {
    row: 52,
    what: "a block in a user message, the key says off",
    required: "stripped, not applied, told as ignored, 200",
    proof: [["test/attacks/directives.test.ts", "a block in %s of a key that says %s"]],
  },
  {
    row: 53,
    what: "a block in a user message, the key allows it",
    required: "applied within the ceilings, stripped",
    proof: [
      ["test/attacks/directives.test.ts", "a block in %s of a key that says %s"],
      [
        "test/attacks/directives.test.ts",
        "a directive cannot raise what the key or the request allows",
      ],
    ],
  },
  {
    row: 54,
    what: "a block where models and tools speak, and in every door's own places",
    required: "data stays as it is; text of people is stripped",
    proof: [
      ["test/unit/wire/directives.test.ts", "%s of %s"],
      ["test/unit/wire/directives.test.ts", "inputs of embeddings are stripped and direct nothing"],
    ],
  },
  {
    row: 55,
    what: "a block without its end, honoured",
    required: "400 with the line, nothing sent, no value",
    proof: [
      [
        "test/attacks/directives.test.ts",
        "a block that does not end is refused with its line where it counts, and prose elsewhere",
      ],
    ],
  },
  {
    row: 56,
    what: "a block without its end, not honoured",
    required: "200; it is no block and stays",
    proof: [
      [
        "test/attacks/directives.test.ts",
        "a block that does not end is refused with its line where it counts, and prose elsewhere",
      ],
    ],
  },
  {
    row: 57,
    what: "two blocks, a late block, ten thousand blocks",
    required: "only the first place counts; linear time",
    proof: [
      ["test/unit/directive.test.ts", "%j has none"],
      [
        "test/unit/directive.test.ts",
        "ten thousand blocks and unclosed markers are read in one pass",
      ],
    ],
  },
  {
    row: 59,
    what: "line ends, blanks and case",
    required: "as the grammar says; U+2028 ends no line",
    proof: [
      ["test/unit/directive.test.ts", "%j becomes %j"],
      ["test/unit/directive.test.ts", "%j"],
    ],
  },
  {
    row: 60,
    what: "lookalikes",
    required: "ordinary text, byte for byte",
    proof: [["test/unit/directive.test.ts", "%j"]],
  },
  {
    row: 62,
    what: "split over parts",
    required: "no part holds a block; not applied",
    proof: [["test/unit/wire/directives.test.ts", "a directive split over parts is none"]],
  },
  {
    row: 63,
    what: "bad values, too much",
    required: "400 without the value; unknown keys are told",
    proof: [
      ["test/unit/directive-keys.test.ts", "%s is refused without its value"],
      ["test/unit/directive.test.ts", "case %# is refused with its line"],
      ["test/unit/wire/directives.test.ts", "at most sixteen plain words of unknown keys are told"],
    ],
  },
  {
    row: 64,
    what: "a budget above the key's and the request's",
    required: "the strictest holds",
    proof: [
      [
        "test/attacks/directives.test.ts",
        "a directive cannot raise what the key or the request allows",
      ],
    ],
  },
  {
    row: 65,
    what: "keys that would reach beyond policy",
    required: "unknown: told, and nothing happens",
    proof: [
      ["test/attacks/directives.test.ts", "what no directive may say does nothing and is told"],
    ],
  },
];
