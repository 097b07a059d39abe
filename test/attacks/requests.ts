/** A request itself: its framing, its body, its fields. */
import type { Attack } from "./attack.ts";

/** In the table's order. */
export const REQUESTS: readonly Attack[] = [
  {
    row: 1,
    what: "length and chunks in one request",
    required: "400, and no second request",
    proof: [
      [
        "test/node/hostile/http.test.ts",
        "length and chunks together never make two requests of one",
      ],
    ],
  },
  {
    row: 2,
    what: "two lengths that differ",
    required: "400",
    proof: [["test/node/hostile/http.test.ts", "%s is no request"]],
  },
  {
    row: 3,
    what: "folded header, NUL in a header",
    required: "400",
    proof: [["test/node/hostile/http.test.ts", "%s is no request"]],
  },
  {
    row: 4,
    what: "headers beyond 16 KiB, in one or in many",
    required:
      "431 on Node by their bytes, however many they are; the edge has the network's measure",
    proof: [
      [
        "test/attacks/bodies.test.ts",
        "row 4: headers of 15 KiB are taken, of 17 KiB they are not, in one piece or in many",
      ],
    ],
  },
  {
    row: 5,
    what: "no host, two hosts, a host that is code",
    required: "400 on Node; on the edge the network chooses the Worker by it",
    proof: [["test/attacks/bodies.test.ts", "row 5: %s is no request"]],
  },
  {
    row: 6,
    what: "admin under another name",
    required: "421, nothing changed",
    proof: [
      [
        "test/node/blackbox/admin-guard.test.ts",
        "no route is answered under a name that is not the gateway's",
      ],
    ],
  },
  {
    row: 8,
    what: "paths that mean something to others",
    required: "404, no handler",
    proof: [["test/node/hostile/http.test.ts", "there is nothing at %s"]],
  },
  {
    row: 9,
    what: "500 connections with a header byte every 5 s",
    required: "closed in 15 s, others served",
    proof: {
      absent:
        "needs real time: headersTimeout of 10 s is set on the Node server, no test waits for it",
    },
  },
  {
    row: 10,
    what: "a body that trickles",
    required: "408, nobody asked",
    proof: [["test/edge/exchange.test.ts", "that does not come in time is refused"]],
  },
  {
    row: 11,
    what: "a body that breaks off",
    required: "closed, nothing reserved",
    proof: [
      [
        "test/node/hostile/http.test.ts",
        "a socket closed for sending is either answered whole or closed",
      ],
      ["test/node/hostile/uploads.test.ts", "200 uploads given up in a row leave nothing open"],
    ],
  },
  {
    row: 12,
    what: "a body without end",
    required: "413 at the bound, the rest not read",
    proof: [
      ["test/node/hostile/uploads.test.ts", "an upload without end is answered and then cut off"],
    ],
  },
  {
    row: 13,
    what: "an encoded body",
    required: "415",
    proof: [["test/unit/routes/door.test.ts", "an encoded body is refused before it is read"]],
  },
  {
    row: 14,
    what: "another content type",
    required: "415",
    proof: [["test/node/hostile/uploads.test.ts", "the content type %j is refused"]],
  },
  {
    row: 15,
    what: "methods that no path has",
    required: "405 with allow",
    proof: [["test/node/hostile/http.test.ts", "%s %s is not allowed"]],
  },
  {
    row: 16,
    what: "pipelined requests",
    required: "in order, limits hold",
    proof: [
      [
        "test/node/hostile/http.test.ts",
        "pipelined requests are answered in their order, a bad one among them too",
      ],
    ],
  },
  {
    row: 17,
    what: "what is no JSON object",
    required: "400 without a piece of it",
    proof: [["test/node/hostile/bodies.test.ts", "a body of %s is invalid_json"]],
  },
  {
    row: 18,
    what: "JSON that is too deep",
    required: "400 at once",
    proof: [["test/node/hostile/bodies.test.ts", "%s are too deep"]],
  },
  {
    row: 19,
    what: "prototype keys",
    required: "refused in our own objects, data elsewhere",
    proof: [
      ["test/unit/registry.test.ts", "refuses prototype keys and ids anywhere"],
      [
        "test/node/hostile/controls.test.ts",
        "prototype keys of the dialect are data: forwarded as they are",
      ],
    ],
  },
  {
    row: 21,
    what: "numbers that are none",
    required: "400 with the path only",
    proof: [["test/node/hostile/bodies.test.ts", "%s is told by its path"]],
  },
  {
    row: 22,
    what: "lone surrogates, NUL",
    required: "400 with the path; NUL is text in content and nothing else",
    proof: [
      ["test/node/hostile/bodies.test.ts", "%s is told by its path"],
      ["test/unit/wire/json.test.ts", "paired surrogates and an escaped backslash before u pass"],
      [
        "test/attacks/bodies.test.ts",
        "row 22: NUL in content is text like any other, NUL in what names something is not",
      ],
    ],
  },
  {
    row: 23,
    what: "messages that are none, or too many",
    required: "400",
    proof: [
      ["test/node/hostile/bodies.test.ts", "%s = %j is told by its path"],
      ["test/node/hostile/bodies.test.ts", "64 levels and 2 000 messages are not too many"],
    ],
  },
  {
    row: 24,
    what: "fields that would steer the gateway",
    required: "data like any unknown field, no header of it",
    proof: [
      ["test/node/blackbox/unknown-fields.test.ts", "ten unknown fields of %s"],
      [
        "test/node/blackbox/answers.test.ts",
        "the upstream gets its credential and nothing of the client's headers",
      ],
    ],
  },
  {
    row: 25,
    what: "model names of all kinds",
    required: "404 in the same words, nobody asked",
    proof: [
      ["test/node/hostile/bodies.test.ts", "the model %j does not exist"],
      ["test/node/hostile/bodies.test.ts", "another key's model looks like none at all"],
    ],
  },
  {
    row: 26,
    what: "huge or negative caps",
    required: "refused or lowered to the key's",
    proof: [
      [
        "test/node/blackbox/keys.test.ts",
        "a key's max_tokens caps what is sent, and lowers what the client asked",
      ],
      ["test/node/hostile/bodies.test.ts", "%s = %j is told by its path"],
    ],
  },
  {
    row: 27,
    what: "a stream flag that is no boolean",
    required: "400",
    proof: [["test/node/hostile/bodies.test.ts", "%s = %j is told by its path"]],
  },
  {
    row: 28,
    what: "pictures by address, or too large",
    required: "nothing fetched; 413",
    proof: [
      [
        "test/node/hostile/dialects.test.ts",
        "a picture beyond the bound of bodies is refused before anybody is asked",
      ],
    ],
  },
  {
    row: 29,
    what: "tool schemas with hostile patterns or circles",
    required: "passed on as they are, never run; too deep: 400",
    proof: [
      ["test/attacks/bodies.test.ts", "row 29: a tool with %s is passed on as it is"],
      [
        "test/attacks/bodies.test.ts",
        "row 29: a tool's schema beyond the depth of all bodies is refused as such",
      ],
      ["test/unit/simulated.test.ts", "never throws and is always JSON, whatever the schema"],
    ],
  },
  {
    row: 30,
    what: "answers checked against a hostile pattern",
    required: "fast or skipped",
    proof: { absent: "answers are not checked against schemas yet" },
  },
  {
    row: 32,
    what: "modes that are none, in any number",
    required: "400, metrics bounded",
    proof: [
      ["test/node/hostile/controls.test.ts", "an envelope is %s at %s: %j"],
      [
        "test/unit/telemetry.test.ts",
        "beyond the bound new series are one whose labels say other; known ones go on",
      ],
    ],
  },
  {
    row: 33,
    what: "a client's own word on its length",
    required: "ignored, the bound holds",
    proof: [["test/unit/tokens.test.ts", "the bound for money is always above the best estimate"]],
  },
  {
    row: 34,
    what: "metadata of any size",
    required: "forwarded within the bounds of all bodies, kept nowhere; too deep: 400",
    proof: [
      [
        "test/attacks/bodies.test.ts",
        "row 34: user and metadata of a megabyte are passed on; too deep they are refused",
      ],
    ],
  },
];
