/** An upstream that sends elsewhere is a failed attempt: nobody connects to the place that it names. */
import { createServer } from "node:http";
import { type AddressInfo, createServer as createNetServer } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { askAdmin } from "../fakes/admin-client.ts";
import { ADMIN_TOKEN } from "../fakes/admin-token.ts";
import { saying } from "../fakes/client.ts";
import { useGateway } from "../fakes/gateway.ts";
import { STARTS } from "../fakes/refusals.ts";

/** Counts who connects; answers nothing. */
let connections = 0;
const elsewhere = createNetServer((socket) => {
  connections += 1;
  socket.destroy();
});
/** Answers each request as its path says: `/STATUS/PLACE/…`. */
const asked: string[] = [];
const sender = createServer((req, res) => {
  const [, status, place] = (req.url ?? "").split("/");
  asked.push(`${req.method} ${status} ${place}`);
  req.resume().once("end", () => {
    res.writeHead(Number(status), { location: PLACES[place ?? ""] ?? "" }).end();
  });
});
for (const server of [elsewhere, sender]) {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  afterAll(() => void server.close());
}
const portOf = (server: typeof sender | typeof elsewhere) => (server.address() as AddressInfo).port;

const port = portOf(elsewhere);
const PLACES: Readonly<Record<string, string>> = {
  "other-port": `http://127.0.0.1:${port}/v1/chat/completions`,
  "other-name": `http://localhost:${port}/v1/chat/completions`,
  "other-scheme": `https://127.0.0.1:${port}/v1/chat/completions`,
  "no-scheme": `//127.0.0.1:${port}/v1/chat/completions`,
};
const STATUSES = [300, 301, 302, 303, 304, 307, 308] as const;
const CASES = STATUSES.flatMap((status) =>
  Object.keys(PLACES).map((place) => ({ status, place, id: `to-${status}-${place}` })),
);

// Wrangler's test harness (`HOMES.edge`) sends through a fetch of Node's own, which follows 301 to 303 whatever
// the Worker asked for; in these two homes nothing stands between the transport and the upstream.
describe.each(STARTS)("%s", (_, start) => {
  const gateway = useGateway(start, {
    env: { TOKENHUB_ADMIN_TOKEN: ADMIN_TOKEN },
    registry: {
      providers: CASES.map(({ id, status, place }) => ({
        id,
        base_url: `http://127.0.0.1:${portOf(sender)}/${status}/${place}/v1`,
      })),
      models: CASES.map(({ id }) => ({ id })),
      offers: CASES.map(({ id }) => ({
        ...{ model_id: id, provider_id: id, upstream_name: "up" },
        ...{ input_per_1k: 0, output_per_1k: 0 },
      })),
    },
  });

  test.each(CASES)("row 94: $status to $place is followed by nobody", async (sent) => {
    for (const stream of [false, true]) {
      asked.length = 0;
      const { status, body, text } = await gateway.client.complete({
        model: sent.id,
        messages: saying("Hello?"),
        stream,
      });
      expect([status, body.error?.code]).toEqual([502, "upstream_error"]);
      expect(asked[0]).toBe(`POST ${sent.status} ${sent.place}`);
      expect(text).not.toContain(String(port));
    }
    expect(connections).toBe(0);
  });

  test("row 94: nor is a redirect of the list of models", async () => {
    for (const { id, status, place } of CASES.filter((one) => one.place === "other-port")) {
      asked.length = 0;
      const told = await askAdmin(gateway.home, `POST /providers/${id}/test`, { body: {} });
      expect([id, asked[0]]).toEqual([id, `GET ${status} ${place}`]);
      expect([id, told.body.ok, told.text.includes(String(port))]).toEqual([id, false, false]);
    }
    expect(connections).toBe(0);
  });
});
