/** Every attack that the gateway has an answer to, and the tests that prove it. */
import { ACCESS } from "./access.ts";
import { ADDRESSES } from "./addresses.ts";
import type { Attack } from "./attack.ts";
import { LIFE } from "./life.ts";
import { REQUESTS } from "./requests.ts";
import { SECRETS } from "./secrets.ts";
import { UPSTREAMS } from "./upstreams.ts";

/** In the order of their numbers. */
export const ATTACKS: readonly Attack[] = [
  ...REQUESTS,
  ...ACCESS,
  ...SECRETS,
  ...ADDRESSES,
  ...UPSTREAMS,
  ...LIFE,
];
