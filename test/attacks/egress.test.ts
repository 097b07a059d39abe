/** Addresses typed into the admin API that must never be reached, and an environment that would weaken what is sent. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type AdminAsked, askAdmin } from "../fakes/admin-client.ts";
import { useGateway } from "../fakes/gateway.ts";
import { HOME_NAMES } from "../fakes/homes.ts";

const LOOPBACK = [
  ...["http://127.0.0.1", "http://2130706433", "http://0x7f.1", "http://0177.0.0.1"],
  ...["http://127.1", "http://①②⑦.⓪.⓪.①", "http://[::1]", "http://[::ffff:7f00:1]"],
  ...["http://0.0.0.0", "http://0", "http://localhost.", "http://foo.localhost"],
];
const METADATA = [
  ...["169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518"],
  ...["169.16689662", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]"],
  ...["[fd00:ec2::254]", "[64:ff9b::a9fe:a9fe]", "metadata.google.internal"],
  ...["168.63.129.16", "100.100.100.200"],
];
const MALFORMED = [
  ...["https://user:pass-canary@a.example", "ftp://a.example", "file:///etc/passwd"],
  ...["gopher://a.example", "data:text/plain,x", "http:\\\\10.0.0.1", "https://a.example:22"],
  ...["https://a.example/v1?pass-canary=1", "https://a.example/v1#pass-canary"],
];

describe.each(HOME_NAMES)("%s", (name) => {
  const gateway = useGateway(name, { upstream: { models: { up: {} } }, registry: {} });
  const ask = (what: string, asked?: AdminAsked) => askAdmin(gateway.home, what, asked);
  const save = (base_url: string, network: string) =>
    ask("POST /providers", { body: { id: "bad", type: "openai", base_url, network } });
  const providers = async () => (await ask("GET /providers")).body.data;

  test.each(LOOPBACK)("row 89: %s is no public address", async (place) => {
    for (const text of [place, place.replace("http:", "https:")]) {
      const { status, body } = await save(`${text}/v1`, "public");
      expect([text, status, body.error?.code]).toEqual([text, 400, "egress_denied"]);
    }
    expect(await providers()).toEqual([]);
  });

  test.each(METADATA)("row 90: %s is no address of any network", async (host) => {
    for (const network of ["public", "private"]) {
      const { status, body } = await save(`http://${host}/v1`, network);
      expect([network, status, body.error?.code]).toEqual([network, 400, "egress_denied"]);
    }
    expect(await providers()).toEqual([]);
  });

  test("row 91: a private address is saved where the operator granted it only", async () => {
    expect((await save("http://10.20.3.4:8000/v1", "private")).status).toBe(400);
    expect(await providers()).toEqual([]);
    expect((await save(gateway.upstream.baseUrl, "private")).status).toBe(201);
    expect((await ask("DELETE /providers/bad")).status).toBe(200);
  });

  test.each(MALFORMED)("row 92: %s is refused and not said back", async (place) => {
    // A port below 1024 is an operator's own business in a private network.
    for (const network of place.endsWith(":22") ? ["public"] : ["public", "private"]) {
      const { status, text } = await save(place, network);
      expect([network, status]).toEqual([network, 400]);
      expect(text).not.toContain("pass-canary");
    }
    expect(await providers()).toEqual([]);
  });
});

describe("the self-hosted server", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tokenhub-egress-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("row 97: does not start where certificates are not checked", async () => {
    const script = path.join(import.meta.dirname, "../../self-hosted/server.ts");
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        NODE_TLS_REJECT_UNAUTHORIZED: "0",
        TOKENHUB_LISTEN_ADDR: "127.0.0.1:0",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (part: Buffer) => {
        text += part.toString();
        // One that listens did start: it is ended, and its code is then not 2.
        if (/"url":"/.test(text)) child.kill("SIGTERM");
      });
    }
    const [code] = await once(child, "close");
    expect([code, text.includes("NODE_TLS_REJECT_UNAUTHORIZED")]).toEqual([2, true]);
  });
});
