/** Small houses with one thing wrong each, and near misses that are right. */
import type { RULES } from "./rules.ts";

export interface Planted {
  readonly rule: keyof typeof RULES;
  readonly files: Readonly<Record<string, string>>;
  /** Part of the one line that must be told; undefined: nothing may be told. */
  readonly tells: string | undefined;
}

function lines(count: number): string {
  return "x;\n".repeat(count);
}

/** One import in one file. */
function imports(file: string, target: string, tells: string | undefined): Planted {
  const rule = "forbidden imports";
  return { rule, files: { [file]: `import { x } from "${target}";` }, tells };
}

function calls(file: string, code: string, tells: string | undefined): Planted {
  return { rule: "forbidden calls", files: { [file]: code }, tells };
}

/** Fact → house. */
export const PLANTED: Readonly<Record<string, Planted>> = {
  "only worker.ts knows Cloudflare": imports(
    "src/app.ts",
    "cloudflare:workers",
    "knows Cloudflare",
  ),
  "worker.ts may know Cloudflare": imports("src/worker.ts", "cloudflare:workers", undefined),
  "src/ never reaches into durable-objects/": imports(
    "src/app.ts",
    "../durable-objects/host.ts",
    "knows Cloudflare",
  ),
  "src/ never imports Node": imports("src/store/sql.ts", "node:sqlite", "no Node"),
  "src/ never reaches into self-hosted/": imports(
    "src/app.ts",
    "../self-hosted/config.ts",
    "no Node",
  ),
  "no service takes a Context": imports("src/gateway.ts", "hono", "Context"),
  "routes may use hono": imports("src/routes/chat.ts", "hono/body-limit", undefined),
  "only the store knows SQL": imports("src/snapshot.ts", "drizzle-orm", "knows SQL"),
  "the store knows SQL": imports("src/store/sql.ts", "drizzle-orm/sqlite-proxy", undefined),
  "a wire is pure": imports("src/wire/sse.ts", "../routing/route.ts", "src/wire/ is pure"),
  "a wire takes no package": imports("src/wire/openai/openai.ts", "yaml", "src/wire/ is pure"),
  "a wire may use a base noun": imports("src/wire/openai/openai.ts", "../../chat.ts", undefined),
  "a mode is pure": imports("src/modes/vote.ts", "../store/sql.ts", "src/modes/ is pure"),
  "learning is pure": imports("src/learning/arm.ts", "../actors/pulse.ts", "src/learning/ is pure"),
  "a policy is pure": imports(
    "src/policies/weighted.ts",
    "../providers/index.ts",
    "src/policies/ is pure",
  ),
  "a policy may use learning": imports("src/policies/learned.ts", "../learning/arm.ts", undefined),
  "an actor is pure": imports("src/actors/pulse.ts", "../policies/index.ts", "src/actors/ is pure"),
  "routing is pure": imports("src/routing/route.ts", "../actors/pulse.ts", "src/routing/ is pure"),
  "routing may use policies": imports("src/routing/route.ts", "../policies/index.ts", undefined),
  "one door to the keeper": imports("src/routes/admin.ts", "../vault/keeper.ts", "door to the key"),
  "one door to the KDF": imports("src/key.ts", "@noble/hashes/argon2.js", "door to the key"),
  "any hash may be used": imports("src/key.ts", "@noble/hashes/sha2.js", undefined),
  "a mode cannot reach the platform": imports("src/modes/vote.ts", "../platform.ts", "one power"),
  "only the transport knows undici": imports(
    "self-hosted/server.ts",
    "undici",
    "one upstream path",
  ),
  "a type-only import is an import": {
    rule: "forbidden imports",
    files: { "src/gateway.ts": 'import type { Context } from "hono";' },
    tells: "Context",
  },
  "a dynamic import is an import": {
    rule: "forbidden imports",
    files: { "src/gateway.ts": 'const { Hono } = await import("hono");' },
    tells: "Context",
  },
  "an import of a type in place is an import": {
    rule: "forbidden imports",
    files: { "src/gateway.ts": 'function f(c: import("hono").Context) {}' },
    tells: "Context",
  },
  "a re-export over several lines is an import": {
    rule: "forbidden imports",
    files: { "src/gateway.ts": 'export {\n  Hono, // the app\n  type Context,\n} from "hono";' },
    tells: "Context",
  },
  "an import in a comment or a text is none": {
    rule: "forbidden imports",
    files: { "src/gateway.ts": `// import "hono"\nconst a = \`import "hono" \${b} from "hono"\`;` },
    tells: undefined,
  },
  "nobody fetches": calls("src/gateway.ts", "await fetch(url);", "one upstream path"),
  "nobody fetches through the global object": calls(
    "src/chores.ts",
    "globalThis.fetch(u)",
    "one upstream path",
  ),
  "a stub's fetch is another thing": calls("src/app.ts", "app.fetch(request)", undefined),
  "nobody reads the clock": calls("src/gateway.ts", "const t = Date.now();", "time is passed in"),
  "nobody dates by the clock": calls("src/gateway.ts", "new Date()", "time is passed in"),
  "a given time may be dated": calls("src/gateway.ts", "new Date(nowMs)", undefined),
  "nobody waits by the clock": calls("src/attempt.ts", "setTimeout(f, 5)", "time is passed in"),
  "nobody throws dice": calls("src/routing/route.ts", "Math.random()", "chance and ids"),
  "nobody draws ids": calls("src/gateway.ts", "crypto.randomUUID()", "chance and ids"),
  "nobody but keepers asks for the vault's keys": calls(
    "src/worker.ts",
    "await stub.shareKeys();",
    "only keepers hand",
  ),
  "nobody prints": calls("src/app.ts", "console.log(1)", "typed events"),
  "a shell may print": calls("self-hosted/server.ts", "console.log(1)", undefined),
  "a word in a text is no call": calls(
    "src/app.ts",
    'const a = "console"; /* Date.now */ const b = /console/; // fetch(',
    undefined,
  ),
  "code inside a template is code": calls(
    "src/app.ts",
    `const a = \`x \${ { b: \`\${Date.now()}\` } } console\`;`,
    "time is passed in",
  ),
  "an arrow never runs back up": {
    rule: "floors",
    files: { "src/chat.ts": 'import type { Wire } from "./wire/wire.ts";' },
    tells: "src/chat.ts:1 reaches up to src/wire/wire.ts",
  },
  "an arrow may run down": {
    rule: "floors",
    files: { "src/wire/wire.ts": 'import type { Dialect } from "../chat.ts";' },
    tells: undefined,
  },
  "the program never imports tests or scripts": {
    rule: "floors",
    files: { "src/app.ts": 'import { x } from "../test/fakes/long.ts";' },
    tells: "reaches up to test/fakes/long.ts",
  },
  "a folder outside the plan has no floor": {
    rule: "floors",
    files: { "src/things/thing.ts": "" },
    tells: "src/things/thing.ts stands on no floor",
  },
  "a base noun imports base nouns only": {
    rule: "floors",
    files: { "src/thing.ts": 'import { openai } from "./wire/openai/openai.ts";' },
    tells: "src/thing.ts:1 reaches up to src/wire/openai/openai.ts",
  },
  "a circle of types is a circle": {
    rule: "circles",
    files: {
      "src/a.ts": 'import type { B } from "./b.ts";',
      "src/b.ts": 'import type { C } from "./c.ts";',
      "src/c.ts": 'import type { A } from "./a.ts";',
    },
    tells: "src/a.ts → src/b.ts → src/c.ts → src/a.ts",
  },
  "two ways to one file are no circle": {
    rule: "circles",
    files: {
      "src/a.ts": 'import "./b.ts";\nimport "./c.ts";',
      "src/b.ts": 'import "./c.ts";',
      "src/c.ts": "",
    },
    tells: undefined,
  },
  "a file has 300 lines at most": {
    rule: "sizes",
    files: { "self-hosted/server.ts": lines(301) },
    tells: "server.ts has 301 lines",
  },
  "300 lines are allowed": {
    rule: "sizes",
    files: { "self-hosted/server.ts": lines(300) },
    tells: undefined,
  },
  "the median of src/ stays at 100 lines": {
    rule: "sizes",
    files: { "src/a.ts": lines(9), "src/b.ts": lines(101), "src/c.ts": lines(150) },
    tells: "median file of src/ has 101 lines",
  },
  "every exported thing says what it is": {
    rule: "comments",
    files: { "src/a.ts": "/** About the file. */\nconst a = 1;\n// why\nexport const LIMIT = 1;" },
    tells: "src/a.ts:4 exports LIMIT",
  },
  "an exported type says what it is": {
    rule: "comments",
    files: { "src/a.ts": "/** Told. */\nexport interface A {}\nexport type B = A | 1;" },
    tells: "src/a.ts:3 exports B",
  },
  "a type made of a value is told by the value": {
    rule: "comments",
    files: {
      "src/a.ts": "/** Told. */\nexport const A = { b: 1 };\nexport type B = keyof typeof A;",
    },
    tells: undefined,
  },
  "overloads share one comment": {
    rule: "comments",
    files: {
      "src/a.ts": "/** Told. */\nexport function a(b: 1): 1;\nexport function a(b: 2): 2;",
    },
    tells: undefined,
  },
  "a file is named in kebab-case": {
    rule: "names",
    files: { "src/routes/chatRoute.ts": "" },
    tells: "chatRoute",
  },
  "no file is named helpers": {
    rule: "names",
    files: { "src/wire/helpers.ts": "" },
    tells: "helpers",
  },
  "the top level is the plan's": {
    rule: "names",
    files: { "lib/x.ts": "" },
    tells: '"lib" is not in the plan',
  },
  "an editor's own folder is nobody's business": {
    rule: "names",
    files: { ".editor/settings.json": "" },
    tells: undefined,
  },
  "exports are named": {
    rule: "defaults",
    files: { "src/app.ts": "export default 1;" },
    tells: "src/app.ts has a default export",
  },
};
