/** The Durable Object classes; their names are permanent (wrangler.toml). */
import { OBJECTS } from "../src/actors/index.ts";
import { drainRows } from "./feed.ts";
import { hosted } from "./host.ts";
import { pushView } from "./provider.ts";
import { runPlan } from "./run.ts";

export { Catalog } from "./catalog.ts";
export { Directory } from "./directory.ts";
export { Keeper } from "./vault.ts";

export class Provider extends hosted(OBJECTS.provider, pushView) {}
export class Feed extends hosted(OBJECTS.feed, drainRows) {}
export class Meter extends hosted(OBJECTS.meter) {}
export class Alerts extends hosted(OBJECTS.alerts) {}
export class Threads extends hosted(OBJECTS.threads) {}
export class Ledger extends hosted(OBJECTS.ledger) {}
export class Stored extends hosted(OBJECTS.stored) {}
export class Run extends hosted(OBJECTS.run, runPlan) {}
