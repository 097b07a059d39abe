/** Every bound of the request path, in one object that suites may shrink. Reasons beside each. */
export const LIMITS = {
  /** Requests with images fit, floods do not. */
  bodyBytesMax: 10 * 1024 * 1024,
  /** The client's upload; below common proxy timeouts. */
  bodyTimeoutMs: 60_000,
  jsonDepthMax: 64,
  messagesMax: 2_000,
  modelIdCharsMax: 256,
  /** Attempts of one ask: retries, fallbacks and hedges together. */
  attemptsMax: 4,
  attemptsPerProviderMax: 2,
  providersMax: 3,
  /** Asks of one request that are on their way at once; Workers wait for six answers at most. */
  asksAtOnceMax: 24,
  /** Full-jitter backoff, only when the same provider is used again. */
  backoffBaseMs: 250,
  backoffMaxMs: 4_000,
  /** Retries in flight per provider: 20 % of its requests in flight, at least this many. */
  retryBudgetShare: 0.2,
  retryBudgetMin: 3,
  /** TCP + TLS. Node only: on Workers it is part of the next. */
  connectMs: 5_000,
  /** Send to first meaningful event of a stream. */
  firstContentMs: 30_000,
  /** Send to the end of an answer that is not streamed. */
  wholeAnswerMs: 300_000,
  /** Between two events of a stream. */
  idleMs: 60_000,
  /** A stream is held back this long for its first content, then committed and kept alive at this pace. */
  holdMs: 10_000,
  /** Longest wait inside a request for the only provider to leave its throttle. */
  throttleWaitMs: 10_000,
  /** A client that does not read for this long is gone. */
  writeStallMs: 60_000,
  sseLineBytesMax: 1024 * 1024,
  streamBytesMax: 64 * 1024 * 1024,
  answerBytesMax: 16 * 1024 * 1024,
  /** Error bodies are read only to be classed. */
  errorBodyBytesMax: 64 * 1024,
  /** … and not waited for longer than this: the status alone says enough. */
  errorBodyMs: 2_000,
  /** Bad data events that may be dropped in one stream before it counts as broken. */
  badEventsMax: 3,
  /** A view older than this is refreshed in the background … */
  viewRefreshMs: 1_000,
  /** … and one older than this is awaited, so that an admin's change is seen at once after a pause … */
  viewStaleMs: 2_000,
  /** … but never longer than this. */
  viewWaitMs: 100,
  /** A key's record is trusted this long. */
  keyCacheMs: 30_000,
  keyCacheRowsMax: 10_000,
  /** Wrong consumer keys of one address in a minute, after which the next ones are told to wait. */
  keyGuessesMax: 30,
  /** Outcomes, log rows and metrics leave the isolate this often, or at this many rows. */
  flushMs: 1_500,
  flushRowsMax: 50,
  /** Log rows kept while the store does not take them; beyond that the oldest go, counted. */
  pendingRowsMax: 5_000,
  requestLogDays: 30,
  requestLogRowsMax: 200_000,
  /** Who changed what is asked after a year, too. */
  auditDays: 400,
} as const;

export type Limits = { readonly [K in keyof typeof LIMITS]: number };
