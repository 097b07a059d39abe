/** A client of the admin API, for the command line: it talks to a gateway, never to a provider. */
import { request } from "undici";
import { z } from "zod";

/** One HTTP request and its whole answer. */
export type AdminTransport = (
  url: string,
  sent: {
    readonly method: AdminMethod;
    readonly headers: Readonly<Record<string, string>>;
    /** undefined: none. */
    readonly body: string | undefined;
  },
) => Promise<{ readonly status: number; readonly text: string }>;

export type AdminMethod = "GET" | "POST" | "DELETE";

/** A password is stretched for seconds on a slow machine, and behind others. */
const ANSWER_MS_MAX = 60_000;
/** Above a whole exported registry. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

/** Over the network. Redirects are not followed: the token belongs to one origin. */
export const adminTransport: AdminTransport = async (url, { method, headers, body }) => {
  const answer = await request(url, {
    ...{ method, headers, headersTimeout: ANSWER_MS_MAX, bodyTimeout: ANSWER_MS_MAX },
    ...(body === undefined ? {} : { body }),
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error("the answer is too large");
    chunks.push(chunk);
  }
  return { status: answer.statusCode, text: Buffer.concat(chunks).toString("utf8") };
};

/** What a gateway refused, in its own words. */
export class RefusedError extends Error {
  readonly status: number;
  /** `not_found`, `wrong_password`, … */
  readonly code: string;

  constructor(told: { status: number; code: string; message: string }) {
    super(told.message);
    this.name = "RefusedError";
    this.status = told.status;
    this.code = told.code;
  }
}

/** A running gateway, as its admin sees it. */
export interface AdminClient {
  /** `path` lies below `/admin/v1`. @throws RefusedError; Error: it cannot be reached, or is no gateway. */
  ask<S extends z.ZodType>(
    method: AdminMethod,
    path: string,
    asked: { readonly shape: S; readonly body?: unknown },
  ): Promise<z.output<S>>;
  /** The same where the answer is no JSON. */
  text(path: string): Promise<string>;
}

/** Its meaning speaks to people in front of a page. */
const NO_ADMIN = "missing_or_invalid_session";
const WRONG_TOKEN = "the gateway has another admin token: set TOKENHUB_ADMIN_TOKEN to that one";

const refusalShape = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    param: z.string().nullish(),
  }),
});

/** Speaks to the gateway at this origin with this token. */
export function adminClient(
  transport: AdminTransport,
  { url, token }: { readonly url: string; readonly token: string },
): AdminClient {
  async function send(method: AdminMethod, path: string, body: unknown): Promise<string> {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answer = await transport(`${url}/admin/v1${path}`, { method, headers, body: text }).catch(
      (error: unknown) => {
        throw new Error(`no gateway can be reached at ${url} (${reasonOf(error)})`);
      },
    );
    if (answer.status >= 200 && answer.status < 300) return answer.text;
    const refused = refusalShape.safeParse(parsed(answer.text));
    if (!refused.success) throw new Error(`${strange(url)} (status ${answer.status})`);
    const { code, message, param } = refused.data.error;
    const told = code === NO_ADMIN ? WRONG_TOKEN : `${param ? `${param}: ` : ""}${message}`;
    throw new RefusedError({ status: answer.status, code, message: told });
  }

  return {
    async ask(method, path, { shape, body }) {
      const read = shape.safeParse(parsed(await send(method, path, body)));
      if (!read.success) throw new Error(strange(url));
      return read.data;
    },
    text: (path) => send("GET", path, undefined),
  };
}

const strange = (url: string) => `what answers at ${url} is no Tokenhub gateway of this version`;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The system's word where there is one: messages of libraries may quote what was sent. */
function reasonOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name ?? "unknown";
}
