/**
 * The one way to the admin API: JSON over fetch, versions as `If-Match`, and the vault password asked for when
 * the server wants it (step-up).
 */

/** A refusal by the server; `message` says what to do. */
export class ApiError extends Error {
  readonly status: number;
  /** `wrong_password`, `version_mismatch`, …; `network` when no answer came. */
  readonly code: string;
  /** Path of the field that was refused; undefined: it was none. */
  readonly param: string | undefined;
  readonly requestId: string | undefined;

  constructor(status: number, body: ErrorBody) {
    super(body.message ?? "The gateway refused without saying why.");
    this.status = status;
    this.code = body.code ?? "unknown";
    this.param = body.param ?? undefined;
    this.requestId = body.request_id;
  }
}

interface ErrorBody {
  readonly code?: string;
  readonly message?: string;
  readonly param?: string | null;
  readonly request_id?: string;
}

/** What goes with a request. */
export interface Sent {
  readonly body?: unknown;
  /** The row must still have this version. */
  readonly version?: number | undefined;
  /** The vault password where it was typed anyway, so that nobody is asked twice. */
  readonly stepUp?: string;
  /** The answer is text and not JSON. */
  readonly text?: boolean;
}

/** Asks the person at the page for the vault password; undefined: they declined. */
export type AskStepUp = () => Promise<string | undefined>;

let askStepUp: AskStepUp = async () => undefined;
let signedOut: () => void = () => {};

/** Who asks for the password, and who is told that the session is over. */
export function connect(hooks: { askStepUp: AskStepUp; signedOut: () => void }): void {
  askStepUp = hooks.askStepUp;
  signedOut = hooks.signedOut;
}

const BASE = "/admin/v1";

/**
 * One call of the admin API; `path` begins behind `/admin/v1`.
 * @throws ApiError for every answer that is none, `network` included.
 */
export async function call<T>(method: string, path: string, sent: Sent = {}): Promise<T> {
  try {
    return await once<T>(method, path, sent, sent.stepUp);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === "missing_or_invalid_session" && path !== "/session") signedOut();
    if (error.code !== "step_up_required") throw error;
    const password = await askStepUp();
    if (password === undefined) throw error;
    return await once<T>(method, path, sent, password);
  }
}

async function once<T>(
  method: string,
  path: string,
  sent: Sent,
  stepUp: string | undefined,
): Promise<T> {
  const headers: Record<string, string> = {};
  // A write without a body is JSON too: the server tells writes of the page from those of a form by it.
  if (method !== "GET") headers["content-type"] = "application/json";
  if (sent.version !== undefined) headers["if-match"] = `"${sent.version}"`;
  if (stepUp !== undefined) headers["x-tokenhub-step-up"] = headerText(stepUp);
  let response: Response;
  try {
    response = await fetch(BASE + path, {
      method,
      headers,
      body: method === "GET" ? undefined : JSON.stringify(sent.body ?? {}),
    });
  } catch {
    const message =
      "The gateway does not answer. Check that it runs and that this page can reach it.";
    throw new ApiError(0, { code: "network", message });
  }
  const text = await response.text();
  if (!response.ok) throw new ApiError(response.status, errorOf(text));
  return (sent.text ? text : parsed(text)) as T;
}

/** Header values are bytes: a password beyond Latin-1 travels as its UTF-8 bytes. */
function headerText(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function errorOf(text: string): ErrorBody {
  return (parsed(text) as { error?: ErrorBody } | undefined)?.error ?? {};
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `GET`. */
export const get = <T>(path: string): Promise<T> => call<T>("GET", path);

/** `POST`. */
export const post = <T>(path: string, body?: unknown): Promise<T> =>
  call<T>("POST", path, { body });

interface ListPage<T> {
  readonly data: readonly T[];
  readonly next?: string | null;
}

/** Rows of one page, as the server gives them at most. */
const PAGE_ROWS = 200;
/** Pages read at most: a registry of more rows than 4 000 is kept in a file and not in a page. */
const PAGES_MAX = 20;

/** Every row of a resource, page after page. */
export async function listAll<T>(resource: string): Promise<readonly T[]> {
  const rows: T[] = [];
  let after = "";
  for (let page = 0; page < PAGES_MAX; page++) {
    const query = after === "" ? "" : `&after=${encodeURIComponent(after)}`;
    const { data, next } = await get<ListPage<T>>(`/${resource}?limit=${PAGE_ROWS}${query}`);
    rows.push(...data);
    if (!next) break;
    after = next;
  }
  return rows;
}

/** An id as one segment of a path; model ids may hold slashes. */
export const segment = encodeURIComponent;
