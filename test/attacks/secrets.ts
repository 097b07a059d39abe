/** Where secrets lie: the vault. */
import type { Attack } from "./attack.ts";

/** In the table's order. */
export const SECRETS: readonly Attack[] = [
  {
    row: 67,
    what: "unlocking before there is a password",
    required: "409, nothing written",
    proof: [
      [
        "test/attacks/vault.test.ts",
        "row 67: unlocking before there is a password is refused and writes nothing",
      ],
    ],
  },
  {
    row: 68,
    what: "fifty initialise at once",
    required: "one wins",
    proof: [
      [
        "test/attacks/vault.test.ts",
        "row 68: of fifty that initialise at once one wins, the others are told so",
      ],
    ],
  },
  {
    row: 69,
    what: "a wrong password, sealed",
    required: "401, counted, audited, unchanged",
    proof: [
      [
        "test/attacks/vault.test.ts",
        "row 69: a wrong password of a sealed vault is counted, audited, and changes nothing",
      ],
    ],
  },
  {
    row: 70,
    what: "a wrong password, open",
    required: "401, stays open",
    proof: [
      [
        "test/attacks/vault.test.ts",
        "row 70: a wrong password leaves an open vault open, and the next chat is answered",
      ],
    ],
  },
  {
    row: 72,
    what: "a hundred unlocks at once",
    required: "one is hashed, the others are told to come again",
    proof: [
      [
        "test/attacks/vault.test.ts",
        "row 72: of a hundred unlocks at once the others are told that one is in work",
      ],
    ],
  },
  {
    row: 73,
    what: "passwords that are none, composed accents",
    required: "refused; NFC is NFD",
    proof: [
      [
        "test/attacks/vault.test.ts",
        "row 73: no password, one with NUL and one of a megabyte are refused",
      ],
    ],
  },
  {
    row: 74,
    what: "a password in a URL or argument",
    required: "refused",
    proof: [
      [
        "test/attacks/vault.test.ts",
        "row 74: a password in the query opens nothing, whatever the body says",
      ],
      [
        "test/unit/cli-vault.test.ts",
        "refuses a password as an argument, asks for none, and repeats nothing of it",
      ],
    ],
  },
  {
    row: 75,
    what: "any byte flipped",
    required: "tampered or unreadable, never a wrong password",
    proof: [
      [
        "test/contracts/vault-harm.suite.ts",
        "any byte of the header makes it tampered, never a wrong password",
      ],
      [
        "test/contracts/vault-harm.suite.ts",
        "any byte of a secret, or of what it is bound to, makes it unreadable",
      ],
    ],
  },
  {
    row: 76,
    what: "two ciphertexts swapped",
    required: "both unreadable, nobody asked",
    proof: [
      [
        "test/attacks/vault.test.ts",
        "row 76: two ciphertexts that changed places are both unreadable, and nobody is asked",
      ],
    ],
  },
  {
    row: 77,
    what: "a provider moved by SQL or API",
    required: "no key goes there; another path is fine",
    proof: [
      [
        "test/attacks/vault.test.ts",
        "row 77: a provider moved past the store gets no key; another path of its place does",
      ],
      [
        "test/node/blackbox/admin-vault.test.ts",
        "a provider that moved gets its keys no more until they are set again",
      ],
    ],
  },
  {
    row: 78,
    what: "an older database",
    required: "told once, not refused",
    proof: [
      ["test/contracts/vault-harm.suite.ts", "an older row is told of once, and still opens"],
    ],
  },
  {
    row: 80,
    what: "killed while the password changes",
    required: "one password opens it, nothing lost",
    proof: [
      ["test/node/kill.test.ts", "kills nothing that was acknowledged is lost"],
      [
        "test/contracts/vault-harm.suite.ts",
        "any write: exactly one password opens it, and no secret is lost",
      ],
    ],
  },
  {
    row: 81,
    what: "a rotation cut off, an edit beside it",
    required: "all decrypt, the edit wins",
    proof: [
      [
        "test/contracts/vault-rotation.suite.ts",
        "cut off anywhere, the next call goes on, and every secret can be read at any time",
      ],
      ["test/contracts/vault-rotation.suite.ts", "an edit at the same time wins"],
    ],
  },
  {
    row: 82,
    what: "keepers evicted",
    required: "one seals nothing; all do, typed and told",
    proof: [
      [
        "test/edge/vault-keepers.test.ts",
        "go on serving when any one or any two of them lose their memory",
      ],
      ["test/edge/vault-keepers.test.ts", "are sealed when all three do, until one unlock"],
    ],
  },
  {
    row: 83,
    what: "a lock with requests in work",
    required: "they finish, new ones 503",
    proof: [
      [
        "test/attacks/vault.test.ts",
        "row 83: a lock lets what is in work finish and nothing new begin",
      ],
    ],
  },
  {
    row: 84,
    what: "chance that is stuck",
    required: "nothing is written",
    proof: [["test/contracts/vault.suite.ts", "nothing is encrypted with chance that is stuck"]],
  },
  {
    row: 85,
    what: "what can be no provider key",
    required: "refused without the value",
    proof: [
      ["test/attacks/vault.test.ts", "row 85: what can be no key is refused without a word of it"],
    ],
  },
  {
    row: 86,
    what: "reading everything after a secret went in",
    required: "never there",
    proof: [["test/attacks/canary.test.ts", "row 86: the %s hold no secret"]],
  },
  {
    row: 88,
    what: "exporting the password's key",
    required: "refused by the platform",
    proof: [
      [
        "test/unit/vault/envelope.test.ts",
        "the password's keys cannot be exported, and its bytes are wiped",
      ],
    ],
  },
];
