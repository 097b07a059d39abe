/** The plan of the house as tables: who stands where, and who never touches what. */

/** The gateway itself; the admin page is a program of its own. */
export const PROGRAM = /^(?:src\/(?!admin\/)|durable-objects\/|self-hosted\/).*\.ts$/;

const SHELLS = ["src/worker.ts", "src/edge/", "durable-objects/", "self-hosted/"];

/** The only files that may know how bytes leave the house. */
const TRANSPORT = [
  "src/egress.ts",
  "src/worker.ts",
  "src/edge/send.ts",
  "self-hosted/send.ts",
  "self-hosted/upstream-reader.ts",
  // The command line's way to a running gateway, never to an upstream.
  "self-hosted/admin-client.ts",
];

/**
 * The floors above the lowest, lowest first; a file imports from its own floor or a lower one. On the lowest
 * stand the base nouns and `platform.ts`: every file directly in `src/` that is not named here. The
 * simulated generator stands under the provider kind that uses it; what serves the attempt loop, beside it.
 */
const UPPER_FLOORS: readonly (readonly string[])[] = [
  ["src/wire/", "src/learning/", "src/modes/", "src/vault/", "src/simulated/"],
  ["src/actors/", "src/policies/", "src/providers/", "src/store/"],
  ["src/routing/"],
  [
    ...["src/snapshot.ts", "src/keyring.ts", "src/alarms.ts", "src/outbox.ts", "src/egress.ts"],
    ...["src/purse.ts", "src/pocket.ts", "src/till.ts", "src/spend-limits.ts"],
    "src/interpreter.ts",
    ...[
      "src/attempt.ts",
      "src/attempt-clock.ts",
      "src/failover.ts",
      "src/relay.ts",
      "src/decision-view.ts",
    ],
  ],
  [
    ...["src/isolate.ts", "src/request.ts", "src/tell.ts", "src/account.ts", "src/threads.ts"],
    "src/stored-responses.ts",
    ...["src/held-stream.ts", "src/gateway.ts", "src/chores.ts", "src/money.ts", "src/webhooks.ts"],
    ...["src/asks/", "src/bill.ts", "src/closing.ts", "src/dispatch.ts", "src/router.ts"],
  ],
  ["src/routes/"],
  ["src/app.ts"],
  SHELLS,
];

/** The floor a file stands on, 0 lowest; undefined: the plan does not know it. */
export function floorOf(file: string): number | undefined {
  const upper = UPPER_FLOORS.findIndex((places) => inside(...places)(file));
  if (upper >= 0) return upper + 1;
  return /^src\/[^/]+\.ts$/.test(file) ? 0 : undefined;
}

/** Names at the top of the repository; those with a leading dot are free. */
export const TOP_LEVEL: ReadonlySet<string> = new Set(
  [
    "src durable-objects migrations self-hosted scripts docs test bench config",
    "package.json package-lock.json tsconfig.json biome.json wrangler.toml vitest.config.ts",
    "drizzle.config.ts compose.yaml README.md CONTRIBUTING.md CHANGELOG.md LICENSE",
  ].flatMap((names) => names.split(" ")),
);

type Who = (file: string) => boolean;

interface NeverRow {
  readonly who: Who;
  readonly what: (target: string, file: string) => boolean;
  readonly because: string;
}

/** Files in `places` (a trailing slash: everything below) … */
function inside(...places: readonly string[]): Who {
  return (file) =>
    places.some((place) => (place.endsWith("/") ? file.startsWith(place) : file === place));
}

/** … and every other file of the program. */
function outside(...places: readonly string[]): Who {
  const within = inside(...places);
  return (file) => !within(file);
}

/** The package itself or a file of it. */
function fromPackage(...names: readonly string[]): (target: string) => boolean {
  return (target) => names.some((name) => target === name || target.startsWith(`${name}/`));
}

/** An inner family: its own folder, the base nouns, zod, and the folders named; nothing else. */
function inner(folder: string, ...also: readonly string[]): NeverRow {
  const allowed = inside(folder, ...also, "zod");
  return {
    who: inside(folder),
    what: (target) => !allowed(target) && floorOf(target) !== 0,
    because: `${folder} is pure: own folder, base nouns, zod${also.map((one) => `, ${one}`).join("")}`,
  };
}

/** Imports: who never takes what. */
export const NEVER: readonly NeverRow[] = [
  {
    who: (file) => file.startsWith("src/") && file !== "src/worker.ts",
    what: (target) => target.startsWith("cloudflare:") || target.startsWith("durable-objects/"),
    because: "one file knows Cloudflare",
  },
  {
    who: inside("src/"),
    what: (target) => target.startsWith("node:") || target.startsWith("self-hosted/"),
    because: "src/ runs where there is no Node",
  },
  {
    who: outside("src/app.ts", "src/routes/", "src/worker.ts", "self-hosted/"),
    what: (target) =>
      target === "hono" || target.startsWith("hono/") || target.startsWith("@hono/"),
    because: "no service takes a Context",
  },
  {
    who: outside("src/store/", ...SHELLS),
    what: fromPackage("drizzle-orm"),
    because: "only the store knows SQL",
  },
  inner("src/wire/"),
  inner("src/modes/"),
  inner("src/learning/"),
  inner("src/policies/", "src/learning/"),
  inner("src/actors/", "src/learning/"),
  inner("src/routing/", "src/policies/", "src/modes/"),
  {
    who: outside("src/vault/", "durable-objects/vault.ts", "self-hosted/"),
    what: (target) =>
      /^src\/vault\/(?:keeper|envelope)\.ts$/.test(target) ||
      /^@noble\/hashes\/(?:argon2|scrypt|pbkdf2|hkdf)/.test(target),
    because: "one door to the key",
  },
  {
    who: inside("src/modes/"),
    what: inside(
      "src/providers/",
      "src/policies/",
      "src/routing/",
      "src/platform.ts",
      "src/gateway.ts",
    ),
    because: "a mode has one power: ask",
  },
  {
    who: outside(...TRANSPORT),
    what: fromPackage("undici"),
    because: "one upstream path",
  },
];

interface CallRow {
  readonly who: Who;
  /** Searched in code without comments and text. */
  readonly what: RegExp;
  readonly because: string;
}

/** Calls: who never makes which. */
export const CALLS: readonly CallRow[] = [
  {
    who: outside(...TRANSPORT),
    what: /(?<![\w.$#])fetch\s*\(|\b(?:globalThis|self)\.fetch\b/g,
    because: "one upstream path",
  },
  {
    who: outside("src/vault/", "durable-objects/vault.ts"),
    what: /\.(?:shareKeys|adoptKeys)\b/g,
    because: "only keepers hand the vault's keys to each other",
  },
  {
    who: outside(...SHELLS),
    what: /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bset(?:Timeout|Interval|Immediate)\b/g,
    because: "time is passed in",
  },
  {
    who: outside(...SHELLS),
    what: /\bMath\.random\b|\brandomUUID\b|\bgetRandomValues\b|\bulid\s*\(/g,
    because: "chance and ids are passed in",
  },
  {
    who: outside(...SHELLS),
    what: /(?<![\w.$#])console\b/g,
    because: "logs are typed events",
  },
];
