/** Servers that are no upstream at all: other protocols, a certificate that nobody signed. */
import { type AddressInfo, createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";

export interface BrokenServer {
  readonly port: number;
  /** Bytes of plain text that it was given to read, headers with credentials among them. */
  received(): number;
  close(): Promise<void>;
}

/** Answers the first bytes of every connection with these, whatever they were. */
export function startBlurting(answer: string): Promise<BrokenServer> {
  return start((onBytes) =>
    createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", onBytes).once("data", () => socket.end(answer));
    }),
  );
}

/** TLS with a certificate for localhost that is its own authority. */
export function startSelfSigned(): Promise<BrokenServer> {
  return start((onBytes) =>
    createTlsServer({ key: KEY, cert: CERTIFICATE }, (socket) => {
      socket.on("error", () => undefined).on("data", onBytes);
    }).on("tlsClientError", () => undefined),
  );
}

async function start(make: (onBytes: (bytes: Buffer) => void) => Server): Promise<BrokenServer> {
  let received = 0;
  const server = make((bytes) => {
    received += bytes.length;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received: () => received,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Made for this file; trusted nowhere, which is its purpose. */
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGT3g0ncF6p1gRmyh
8hu04E5+iv2i2Yv06+n51ZXWPNShRANCAAQZ/ye/m+dj2OUeWJmbut1hgBsSJe1/
H4gulTJrq/5OK170U8tl/N7gXEG4KXn2D5TtIlAEfX6AnEdnHJrUBxYH
-----END PRIVATE KEY-----`;

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUabyReYcDKnOicGVLASV3f8iw7FswCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDE0NDIwNVoYDzIxMjYxMDMx
MTQ0MjA1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQZ/ye/m+dj2OUeWJmbut1hgBsSJe1/H4gulTJrq/5OK170U8tl/N7g
XEG4KXn2D5TtIlAEfX6AnEdnHJrUBxYHo1MwUTAdBgNVHQ4EFgQUi7ib2NX70wgh
bcPvhROV1hjF0BUwHwYDVR0jBBgwFoAUi7ib2NX70wghbcPvhROV1hjF0BUwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA5G324POsAIg1i6lEMGFq
p+yuPyNRioKXohR81ymkGrUCIQDwPeYfl2CI4O1geVX0ZRf0Lfr/GePaNmcXY0qd
dZiVTQ==
-----END CERTIFICATE-----`;
