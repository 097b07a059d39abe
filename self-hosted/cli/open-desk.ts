/** Opens the desk that the options name, for one command. */
import { adminClient } from "../admin-client.ts";
import type { Desk } from "./desk.ts";
import { gatewayDesk } from "./gateway-desk.ts";
import { configured, databaseOf, namedGateway, type PlaceOptions, withStores } from "./place.ts";
import { storeDesk } from "./store-desk.ts";
import type { CliWorld } from "./world.ts";

/** At the running gateway that was named, else on the database. */
export async function withDesk<T>(
  world: CliWorld,
  options: PlaceOptions,
  work: (desk: Desk) => Promise<T>,
): Promise<T> {
  const gateway = namedGateway(world, options);
  if (gateway) return work(gatewayDesk(adminClient(world.transport, gateway)));
  const place = configured(databaseOf(world, options));
  return withStores(world, place, (stores) =>
    work(storeDesk({ stores, place, nowMs: world.nowMs })),
  );
}
