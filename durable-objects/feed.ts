/** What the feed's object does beside answering: it moves the waiting log rows into D1. */
import { drainFeed } from "../src/actors/feed.ts";
import { d1Sql } from "../src/store/sql.ts";
import { createStore } from "../src/store/store.ts";
import type { Duty, Hosted } from "./host.ts";

/** With every alarm; while D1 does not take them the rows stay, within the feed's bound. */
export function drainRows({ env, actors }: Hosted): Duty {
  const store = createStore(d1Sql(env.DB));
  return { alarm: () => drainFeed(actors, store) };
}
