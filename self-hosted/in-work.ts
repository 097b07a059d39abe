/** Which requests a server still owes an answer. */
import type { Server } from "node:http";

/** Connections without a request in work (kept alive, or opened in advance) owe nothing to anybody. */
export interface InWork {
  /** Resolves when every answer is written or its client has left. */
  done(): Promise<void>;
}

/** Counts from now on. */
export function watchRequests(server: Server): InWork {
  let open = 0;
  const waiting: (() => void)[] = [];
  server.on("request", (_request, response) => {
    open += 1;
    response.once("close", () => {
      open -= 1;
      if (open === 0) for (const resolve of waiting.splice(0)) resolve();
    });
  });
  return {
    done: () =>
      open === 0 ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve)),
  };
}
