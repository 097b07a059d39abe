/** Money, admins, storage. */
import type { Attack } from "./attack.ts";

/** In the table's order. */
export const LIFE: readonly Attack[] = [
  {
    row: 121,
    what: "a hundred requests, a budget for ten",
    required: "ten",
    proof: [
      [
        "test/edge/ledger-race.test.ts",
        "100 parallel holds of four isolates against a budget for ten: exactly ten",
      ],
      [
        "test/node/kept-objects.test.ts",
        "100 parallel holds of four purses against a budget for ten, on the database: exactly ten",
      ],
    ],
  },
  {
    row: 122,
    what: "killed between hold and settlement",
    required: "charged in full",
    proof: [
      ["test/node/kill.test.ts", "kills nothing that was acknowledged is lost"],
      [
        "test/node/kept-objects.test.ts",
        "a hold of a process that was killed is charged in full after its deadline",
      ],
    ],
  },
  {
    row: 123,
    what: "settling twice, or out of turn",
    required: "once",
    proof: [
      [
        "test/unit/purse.test.ts",
        "settling twice charges once; releasing after it changes nothing",
      ],
      [
        "test/attacks/settling.test.ts",
        "row 123: settling twice charges once where the hold was answered from memory too",
      ],
    ],
  },
  {
    row: 124,
    what: "prices that are none",
    required: "refused; 0 is a price",
    proof: [
      ["test/unit/registry.test.ts", "is refused when negative, absurd or no number"],
      ["test/unit/registry.test.ts", "of 0 is a price and an absent one is none"],
    ],
  },
  {
    row: 126,
    what: "sums beyond counting",
    required: "refused, never negative",
    proof: [
      ["test/unit/actors/ledger.test.ts", "an amount of %s is refused whole"],
      [
        "test/unit/actors/ledger.test.ts",
        "sums stop at the largest exact integer instead of passing it",
      ],
    ],
  },
  {
    row: 127,
    what: "the same prompt streamed and whole",
    required: "the same price",
    proof: [
      ["test/attacks/money.test.ts", "row 127: the same prompt costs the same, streamed or whole"],
    ],
  },
  {
    row: 128,
    what: "every door",
    required: "every attempt is in the ledger",
    proof: [["test/attacks/money.test.ts", "row 128: what is asked at %s is charged to its key"]],
  },
  {
    row: 129,
    what: "the ledger does not answer",
    required: "503 for budgets, others served",
    proof: [
      [
        "test/unit/purse-faults.test.ts",
        "keys with a budget get 503, those without any limit are served",
      ],
    ],
  },
  {
    row: 130,
    what: "requests that share state",
    required: "as the state says",
    proof: { absent: "waits for the state that requests of one key share" },
  },
  {
    row: 131,
    what: "requests that share state",
    required: "as the state says",
    proof: { absent: "waits for the state that requests of one key share" },
  },
  {
    row: 132,
    what: "requests that share state",
    required: "as the state says",
    proof: { absent: "waits for the state that requests of one key share" },
  },
  {
    row: 134,
    what: "requests that share state",
    required: "as the state says",
    proof: { absent: "waits for the state that requests of one key share" },
  },
  {
    row: 135,
    what: "requests that share state",
    required: "as the state says",
    proof: { absent: "waits for the state that requests of one key share" },
  },
  {
    row: 136,
    what: "code in every field that is shown",
    required: "shown as text",
    proof: [["test/browser/pages.test.ts", "what tries to be code is shown as it was written"]],
  },
  {
    row: 137,
    what: "a write for another origin's page, or a form",
    required: "403, nothing changed",
    proof: [
      [
        "test/node/blackbox/admin-guard.test.ts",
        "no write is done for the page of another origin, or a form",
      ],
    ],
  },
  {
    row: 138,
    what: "the page in a frame",
    required: "not shown",
    proof: [
      ["test/browser/serving.test.ts", "a page of another origin cannot put it into a frame"],
    ],
  },
  {
    row: 139,
    what: "a cookie after its end",
    required: "401",
    proof: [
      [
        "test/unit/routes/admin/session.test.ts",
        "a session ends after 15 idle minutes, after 8 hours, and when signed out",
      ],
      [
        "test/unit/routes/admin/session.test.ts",
        "another admin token ends the sessions of the one before",
      ],
    ],
  },
  {
    row: 140,
    what: "a cookie over http",
    required: "loopback only",
    proof: [
      [
        "test/unit/routes/admin/session.test.ts",
        "behind https the cookie has the host prefix and is taken under no other name",
      ],
    ],
  },
  {
    row: 142,
    what: "fields that are not the admin's to say",
    required: "400",
    proof: [
      [
        "test/unit/routes/admin/keys.test.ts",
        "a change keeps what the key is, and refuses what is not the admin's to say",
      ],
    ],
  },
  {
    row: 143,
    what: "deleting what is in use",
    required: "in-flight finishes, then 503",
    proof: {
      absent:
        "deleting is tested, also that what goes with it goes; no test deletes with requests in work",
    },
  },
  {
    row: 145,
    what: "the database does not answer",
    required: "not ready before, served on after",
    proof: [
      [
        "test/unit/snapshot.test.ts",
        "a store that fails before anything was read is told with a time to come back",
      ],
      [
        "test/unit/snapshot.test.ts",
        "a store that fails later changes nothing: the last good registry serves on",
      ],
    ],
  },
  {
    row: 146,
    what: "any statement of any admin write fails",
    required: "change and entry, or neither",
    proof: [
      ["test/attacks/faults.test.ts", "row 146: $what changes a row with its entry, or neither"],
    ],
  },
  {
    row: 147,
    what: "killed under load",
    required: "what was acknowledged is there",
    proof: [["test/node/kill.test.ts", "kills nothing that was acknowledged is lost"]],
  },
  {
    row: 149,
    what: "stopped with streams in work",
    required: "they end, then it does",
    proof: [["test/node/blackbox/shutdown.test.ts", "a stream in work comes to its own end first"]],
  },
  {
    row: 150,
    what: "a first start with nothing",
    required: "alive, and says what is missing",
    proof: [
      ["test/unit/routes/ops.test.ts", "ready is who has an enabled model; who has none says so"],
    ],
  },
];
