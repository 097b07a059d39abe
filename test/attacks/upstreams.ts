/** What upstreams and clients do in the middle of an answer. */
import type { Attack } from "./attack.ts";

/** In the table's order. */
export const UPSTREAMS: readonly Attack[] = [
  {
    row: 101,
    what: "429 with a wait",
    required: "not asked before",
    proof: [
      [
        "test/node/blackbox/failover.test.ts",
        "what was refused for a time is not asked again before",
      ],
    ],
  },
  {
    row: 102,
    what: "waits of every form",
    required: "read or ignored",
    proof: [
      [
        "test/unit/rate-signals.test.ts",
        "what does not fit whole, lies in the past or beyond a day says nothing",
      ],
    ],
  },
  {
    row: 103,
    what: "all throttle",
    required: "429 with the shortest wait",
    proof: [
      ["test/unit/routing/refusal.test.ts", "tells the shortest wait, and that a retry helps"],
    ],
  },
  {
    row: 104,
    what: "a quota that is used up",
    required: "held back, told",
    proof: [
      [
        "test/unit/actors/bucket.test.ts",
        "quota and rejection hold back the whole credential, misconfiguration the offer",
      ],
    ],
  },
  {
    row: 105,
    what: "529, 503, 500, and pages in place of answers",
    required: "failover, not forwarded",
    proof: [
      [
        "test/attacks/answers.test.ts",
        "row 105: after $name the next provider answers, streamed too",
      ],
      ["test/attacks/answers.test.ts", "row 105: of $name alone nothing is forwarded"],
    ],
  },
  {
    row: 106,
    what: "a rejected key said back",
    required: "failover, no leak",
    proof: [
      ["test/attacks/canary.test.ts", "row 86: the %s hold no secret"],
      ["test/node/hostile/secrets.test.ts", "the %s hold no canary"],
    ],
  },
  {
    row: 108,
    what: "a tenant's bad requests",
    required: "nobody else's routing changes",
    proof: [
      [
        "test/unit/failover.test.ts",
        "the client's own mistake ends it: no second provider, no mark against the first",
      ],
    ],
  },
  {
    row: 109,
    what: "hanging at any point",
    required: "failover, after content an error",
    proof: [
      [
        "test/unit/failover-time.test.ts",
        "a stream that shows nothing for thirty seconds is left for the next",
      ],
      [
        "test/unit/relay.test.ts",
        "sixty seconds without an event break it, whatever else the upstream sends",
      ],
    ],
  },
  {
    row: 110,
    what: "a reset after any byte",
    required: "failover before content, an error after",
    proof: [
      [
        "test/node/hostile/cuts.test.ts",
        "a stream cut by %s after content ends with an error event",
      ],
    ],
  },
  {
    row: 111,
    what: "an end without terminator",
    required: "an error",
    proof: [
      [
        "test/node/hostile/cuts.test.ts",
        "a stream cut by %s after content ends with an error event",
      ],
    ],
  },
  {
    row: 113,
    what: "an error event after content",
    required: "an error event",
    proof: [
      [
        "test/node/blackbox/streams.test.ts",
        "a stream that breaks after content ends with an error event and without [DONE]",
      ],
    ],
  },
  {
    row: 114,
    what: "malformed events among sixty",
    required: "up to three are left out, the others arrive, with the end; beyond, an error event",
    proof: [
      [
        "test/attacks/answers.test.ts",
        "row 114: of sixty words around three events that are no JSON all arrive, and the end",
      ],
      ["test/attacks/answers.test.ts", "row 114: beyond three it is an error event"],
    ],
  },
  {
    row: 116,
    what: "characters and line ends cut anywhere",
    required: "the same text",
    proof: [
      ["test/attacks/answers.test.ts", "row 116: byte by byte, $end, $begin: the same text"],
      [
        "test/unit/wire/sse.test.ts",
        "random streams decode the same however they are cut and whatever ends their lines",
      ],
    ],
  },
  {
    row: 117,
    what: "streams, lines and archives without end",
    required: "cut, bounded",
    proof: [
      ["test/unit/egress-faults.test.ts", "stops at its bound and lets go of the upstream"],
      ["test/unit/wire/sse.test.ts", "a line that never ends"],
    ],
  },
  {
    row: 118,
    what: "usage that cannot be",
    required: "never a credit",
    proof: [
      [
        "test/unit/wire/openai/answer.test.ts",
        "details larger than their whole, or senseless, count as 0",
      ],
      [
        "test/unit/cost.test.ts",
        "an upstream that reports more cached tokens than prompt tokens is still paid for them",
      ],
    ],
  },
  {
    row: 119,
    what: "a client that leaves",
    required: "upstream closed, settled, nobody blamed",
    proof: [
      [
        "test/node/streams/client-leaves.test.ts",
        "leaving in the middle of a stream closes the upstream",
      ],
    ],
  },
  {
    row: 120,
    what: "a client that stops reading",
    required: "bounded, ended",
    proof: [
      ["test/node/streams/back-pressure.test.ts", "no more is pulled than fits in between"],
      ["test/unit/relay.test.ts", "a client that reads nothing for its time is gone"],
    ],
  },
];
