import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allowsAddress, checkUrl } from "../../src/address.ts";
import { TokenhubError } from "../../src/errors.ts";
import { readGrant } from "../../src/grant.ts";
import { runs } from "../fakes/long.ts";

function verdict(
  url: string,
  network: "public" | "private" = "public",
  privateEgress: readonly string[] = [],
): string {
  try {
    return checkUrl(url, { network, privateEgress }).href;
  } catch (error) {
    expect(error).toBeInstanceOf(TokenhubError);
    expect((error as TokenhubError).code).toBe("egress_denied");
    return "denied";
  }
}

const EVERYTHING = [
  "0.0.0.0/0",
  "[::]/0",
  "::/0",
  "metadata.google.internal",
  "localhost",
  "metadata",
];

describe("public", () => {
  test.each([
    "https://api.openai.com/v1/chat/completions",
    "https://api.openai.com:8443/v1",
    "https://api.openai.com./v1",
    "https://8.8.8.8/v1",
    "https://[2606:4700::1111]/v1",
  ])("%s may be asked", (url) => expect(verdict(url)).not.toBe("denied"));

  test.each([
    "http://api.openai.com/v1",
    "ftp://api.openai.com/",
    "file:///etc/passwd",
    "data:text/plain,x",
    "gopher://api.openai.com/",
    "not a url",
    "https://user:pw@api.openai.com/",
    "https://user@api.openai.com/",
    "https://:pw@api.openai.com/",
    "https://api.openai.com/v1?x=1",
    "https://api.openai.com/v1#x",
    "https://api.openai.com:22/",
    "https://api.openai.com:80/",
    "https://intranet/v1",
    "https://vllm.local/v1",
    "https://vllm.internal/v1",
    "https://vllm.svc/v1",
    "https://vllm.ns.svc.cluster.local/v1",
    "https://router.home.arpa/v1",
    "https://localhost/v1",
    "https://localhost./v1",
    "https://foo.localhost/v1",
  ])("%s may not", (url) => expect(verdict(url)).toBe("denied"));
});

/** One address, as URLs can spell it. */
const SPELLINGS = {
  loopback: [
    ...["127.0.0.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1."],
    ...["①②⑦.⓪.⓪.①", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"],
    ...["[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::ffff:0:127.0.0.1]"],
  ],
  nowhere: [
    "0.0.0.0",
    "0",
    "0x0",
    "[::]",
    "[::ffff:0:0]",
    "255.255.255.255",
    "224.0.0.1",
    "[ff02::1]",
  ],
  metadata: [
    ...["169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518"],
    ...[
      "169.254.169.254.",
      "[::ffff:169.254.169.254]",
      "[::ffff:a9fe:a9fe]",
      "[64:ff9b::a9fe:a9fe]",
    ],
    ...["[2002:a9fe:a9fe::]", "[::a9fe:a9fe]", "[fd00:ec2::254]", "[fe80::1]", "168.63.129.16"],
    ...["100.100.100.200", "192.0.0.192", "metadata.google.internal", "metadata.google.internal."],
    ...["METADATA.google.internal", "metadata", "instance-data", "kubernetes.default.svc"],
    ...["kubernetes.default.svc.cluster.local", "169.254.0.1"],
  ],
  private: [
    ...["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "198.18.0.1"],
    ...[
      "[fd12::1]",
      "[fc00::1]",
      "[::ffff:10.0.0.1]",
      "[64:ff9b::a00:1]",
      "[2001:db8::1]",
      "240.0.0.1",
    ],
    ...["[100::1]", "[5f00::1]", "[4000::1]", "[64:ff9b:1::1]", "[2001::1]"],
  ],
} as const;

describe.each(Object.entries(SPELLINGS))("%s", (_, hosts) => {
  test.each(hosts)("%s is not public", (host) => {
    expect(verdict(`https://${host}/v1`)).toBe("denied");
    expect(verdict(`http://${host}:8000/v1`, "private")).toBe("denied");
  });
});

test.each([...SPELLINGS.metadata, ...SPELLINGS.nowhere])(
  "%s is refused even when listed",
  (host) => {
    expect(verdict(`http://${host}/v1`, "private", [...EVERYTHING, host])).toBe("denied");
  },
);

test.each(SPELLINGS.loopback)("%s is loopback, and granted as such", (host) => {
  expect(verdict(`http://${host}:8000/v1`, "private", ["127.0.0.1:8000"])).not.toBe("denied");
  expect(verdict(`http://${host}:8000/v1`, "private", ["localhost"])).not.toBe("denied");
  expect(verdict(`http://${host}:8001/v1`, "private", ["127.0.0.1:8000"])).toBe("denied");
  expect(verdict(`http://${host}:8000/v1`, "private", ["10.0.0.0/8"])).toBe("denied");
});

describe("private", () => {
  const granted = [
    "10.20.0.0/16:8000",
    "vllm.ml.svc.cluster.local:8000",
    "[fd12::/16]:1234",
    "gpu",
  ];
  test.each([
    ["http://10.20.3.4:8000/v1", true],
    ["https://10.20.3.4:8000/v1", true],
    ["http://10.20.3.4:8001/v1", false],
    ["http://10.21.3.4:8000/v1", false],
    ["http://[::ffff:10.20.3.4]:8000/v1", true],
    ["http://vllm.ml.svc.cluster.local:8000/v1", true],
    ["http://vllm.ml.svc.cluster.local/v1", false],
    ["http://[fd12::9]:1234/v1", true],
    ["http://[fd13::9]:1234/v1", false],
    ["http://gpu:9000/v1", true],
    ["http://u:p@gpu:9000/v1", false],
    ["ftp://gpu/v1", false],
    ["http://localhost:8000/v1", false],
  ])("%s: %s", (url, allowed) => {
    expect(verdict(url, "private", granted) !== "denied").toBe(allowed);
  });

  test("without a grant nothing is private", () => {
    expect(verdict("http://gpu:9000/v1", "private")).toBe("denied");
    expect(verdict("http://8.8.8.8/v1", "private")).toBe("denied");
  });

  test("a name may be asked when a range is granted, and only what it resolves to counts", () => {
    const list = ["10.20.0.0/16"];
    expect(verdict("http://other:8000/v1", "private", list)).not.toBe("denied");
    const to = { host: "other", port: 8000, network: "private" } as const;
    expect(allowsAddress({ ...to, address: "10.20.0.9" }, list)).toBe(true);
    expect(allowsAddress({ ...to, address: "10.30.0.9" }, list)).toBe(false);
    expect(allowsAddress({ ...to, address: "8.8.8.8" }, list)).toBe(false);
  });

  test("a granted name may resolve anywhere but to metadata", () => {
    const to = { host: "gpu", port: 8000, network: "private" } as const;
    expect(allowsAddress({ ...to, address: "192.168.7.7" }, ["gpu"])).toBe(true);
    expect(allowsAddress({ ...to, address: "169.254.169.254" }, ["gpu"])).toBe(false);
    expect(allowsAddress({ ...to, address: "::ffff:169.254.169.254" }, ["gpu"])).toBe(false);
    expect(allowsAddress({ ...to, address: "192.168.7.7" }, ["gpu:9"])).toBe(false);
  });
});

test("a public name that resolves inwards is refused where it is connected", () => {
  const to = { host: "api.example.com", port: 443, network: "public" } as const;
  expect(allowsAddress({ ...to, address: "93.184.216.34" }, [])).toBe(true);
  for (const address of [
    "127.0.0.1",
    "10.0.0.1",
    "::1",
    "fe80::1",
    "::ffff:10.0.0.1",
    "nonsense",
  ]) {
    expect(allowsAddress({ ...to, address }, ["10.0.0.0/8", "localhost"])).toBe(false);
  }
});

test("no IPv6 wrapper of a refused IPv4 address is public", () => {
  const byte = fc.nat(255);
  const inner = fc.constantFrom([10], [127], [169, 254], [192, 168], [0], [100, 64]);
  const wrap = [
    (hex: string) => `::ffff:${hex}`,
    (hex: string) => `::${hex}`,
    (hex: string) => `64:ff9b::${hex}`,
    (hex: string) => `2002:${hex}::`,
    (hex: string) => `::ffff:0:${hex}`,
  ];
  fc.assert(
    fc.property(inner, byte, byte, byte, fc.constantFrom(...wrap), (start, b, c, d, spell) => {
      const [w, x, y, z] = [...start, b, c, d];
      const pair = (high = 0, low = 0) => ((high << 8) | low).toString(16);
      const host = `[${spell(`${pair(w, x)}:${pair(y, z)}`)}]`;
      expect(verdict(`https://${host}/`)).toBe("denied");
    }),
    { numRuns: runs(300, 20_000) },
  );
});

describe("an entry of the list", () => {
  test.each([
    ["vllm:8000", { host: "vllm", port: 8000, loopback: false }],
    ["VLLM.local", { host: "vllm.local", port: undefined, loopback: false }],
    ["localhost", { host: "localhost", port: undefined, loopback: true }],
    ["127.0.0.1:80", { host: undefined, port: 80, loopback: true }],
    ["[::1]:80", { host: undefined, port: 80, loopback: true }],
    ["::1", { host: undefined, port: undefined, loopback: true }],
    ["[fd00::/8]:8000", { host: undefined, port: 8000, loopback: false }],
    ["10.0.0.0/8", { host: undefined, port: undefined, loopback: false }],
    ["http://gpu:8000/v1", { host: "gpu", port: 8000, loopback: false }],
    ["https://gpu/v1", { host: "gpu", port: 443, loopback: false }],
    ["http://[fd00::1]/v1", { host: undefined, port: 80, loopback: false }],
  ])("%s", (entry, expected) => expect(readGrant(entry)).toMatchObject(expected));

  test.each([
    "",
    " ",
    "a b",
    "10.0.0.0/33",
    "10.0",
    "300.1.1.1",
    "gpu:0",
    "gpu:70000",
    "*",
    "http://",
    "-x",
    "a/8",
  ])("%j grants nothing", (entry) => expect(readGrant(entry)).toBeUndefined());
});
