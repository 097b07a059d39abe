/** Every route of the admin API. */
import { alertRoutes } from "./alert.ts";
import { aliasRoutes } from "./alias.ts";
import { auditRoutes } from "./audit.ts";
import { credentialRoutes } from "./credential.ts";
import { eventRoutes } from "./events.ts";
import { healthRoutes } from "./health.ts";
import { keyRoutes } from "./key.ts";
import { modelRoutes } from "./model.ts";
import { offerRoutes } from "./offer.ts";
import { probeRoutes } from "./probe.ts";
import { projectRoutes } from "./project.ts";
import { providerRoutes } from "./provider.ts";
import { requestRoutes } from "./requests.ts";
import type { AdminRoute } from "./route.ts";
import { routingRoutes } from "./routing.ts";
import { sessionRoutes } from "./session.ts";
import { settingsRoutes } from "./settings.ts";
import { statsRoutes } from "./stats.ts";
import { transferRoutes } from "./transfer.ts";
import { vaultRoutes } from "./vault.ts";

/** In the order of the description. */
export const ROUTES: readonly AdminRoute[] = [
  ...sessionRoutes,
  ...vaultRoutes,
  ...providerRoutes,
  ...probeRoutes,
  ...credentialRoutes,
  ...modelRoutes,
  ...offerRoutes,
  ...aliasRoutes,
  ...projectRoutes,
  ...keyRoutes,
  ...alertRoutes,
  ...auditRoutes,
  ...requestRoutes,
  ...statsRoutes,
  ...healthRoutes,
  ...routingRoutes,
  ...eventRoutes,
  ...settingsRoutes,
  ...transferRoutes,
];
