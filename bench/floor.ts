/**
 * The honest floor: what any gateway on this stack must spend. Hono for the route, the raw Node request and
 * response, one undici pool; nothing is read, nothing is checked, bytes go through.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";
import { Pool } from "undici";

const upstream = new Pool(`http://127.0.0.1:${process.argv[2]}`, {
  connections: 4_096,
  headersTimeout: 0,
  bodyTimeout: 0,
});
const app = new Hono<{ Bindings: { incoming: IncomingMessage; outgoing: ServerResponse } }>();

app.post("/v1/:route{.+}", async (c) => {
  const { incoming, outgoing } = c.env;
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  await upstream.stream(
    {
      path: c.req.path,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: Buffer.concat(chunks),
    },
    ({ statusCode, headers }) => {
      outgoing.writeHead(statusCode, { "content-type": headers["content-type"] as string });
      return outgoing;
    },
  );
  return RESPONSE_ALREADY_SENT;
});

const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  console.log(`port ${(server.address() as AddressInfo).port}`);
});
