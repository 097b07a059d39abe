/** Where requests go: egress. */
import type { Attack } from "./attack.ts";

/** In the table's order. */
export const ADDRESSES: readonly Attack[] = [
  {
    row: 89,
    what: "loopback in every spelling",
    required: "400",
    proof: [
      ["test/attacks/egress.test.ts", "row 89: %s is no public address"],
      [
        "test/node/hostile/egress.test.ts",
        "$network $baseUrl alone is a 503 that does not name it",
      ],
    ],
  },
  {
    row: 90,
    what: "metadata in every spelling",
    required: "400 whatever is granted",
    proof: [["test/attacks/egress.test.ts", "row 90: %s is no address of any network"]],
  },
  {
    row: 91,
    what: "a private address without and with a grant",
    required: "400; 201",
    proof: [
      [
        "test/attacks/egress.test.ts",
        "row 91: a private address is saved where the operator granted it only",
      ],
    ],
  },
  {
    row: 92,
    what: "addresses with users, ports, other schemes",
    required: "400, not said back",
    proof: [["test/attacks/egress.test.ts", "row 92: %s is refused and not said back"]],
  },
  {
    row: 93,
    what: "a name that resolves inwards",
    required: "refused where it is connected",
    proof: [
      [
        "test/node/send-faults.test.ts",
        "a name is refused when what it resolves to is not allowed",
      ],
      ["test/node/send-faults.test.ts", "one refused address of several refuses the name"],
    ],
  },
  {
    row: 94,
    what: "redirects",
    required: "a fault of the upstream; nobody connects to the place",
    proof: [
      ["test/attacks/redirects.test.ts", "row 94: $status to $place is followed by nobody"],
      ["test/attacks/redirects.test.ts", "row 94: nor is a redirect of the list of models"],
    ],
  },
  {
    row: 96,
    what: "certificates that are not to be believed",
    required: "failover, nothing said before",
    proof: [
      [
        "test/node/hostile/upstreams.test.ts",
        "no redirect was followed, and nothing was said before a certificate was believed",
      ],
    ],
  },
  {
    row: 97,
    what: "an environment that checks no certificate",
    required: "no start",
    proof: [
      ["test/attacks/egress.test.ts", "row 97: does not start where certificates are not checked"],
    ],
  },
  {
    row: 98,
    what: "proxies of the environment",
    required: "ignored",
    proof: { absent: "the transport reads no proxy variable; no test sets one" },
  },
  {
    row: 99,
    what: "the gateway as its own provider",
    required: "refused or 401",
    proof: {
      absent: "an address of the gateway's own is not told from others; its door asks for a key",
    },
  },
  {
    row: 100,
    what: "a trial of a slow host",
    required: "coarse, within ten seconds, few",
    proof: [
      ["test/unit/routes/admin/views.test.ts", "and does not answer costs ten seconds"],
      ["test/unit/routes/admin/views.test.ts", "is tried thirty times a minute"],
    ],
  },
];
