/** Every page by the name in its address, in the order of the navigation. */
import { AlertsPage } from "./alerts.tsx";
import { AliasesPage } from "./aliases.tsx";
import { AuditPage } from "./audit.tsx";
import { KeysPage } from "./keys.tsx";
import { ModelsPage } from "./models.tsx";
import { OverviewPage } from "./overview.tsx";
import { PlaygroundPage } from "./playground.tsx";
import { ProjectsPage } from "./projects.tsx";
import { ProvidersPage } from "./providers.tsx";
import { RequestsPage } from "./requests.tsx";
import { SettingsPage } from "./settings.tsx";
import { VaultPage } from "./vault.tsx";

/** Name → its words in the navigation, and the page. */
export const PAGES = {
  overview: { words: "Overview", page: OverviewPage },
  providers: { words: "Providers", page: ProvidersPage },
  models: { words: "Models", page: ModelsPage },
  aliases: { words: "Aliases", page: AliasesPage },
  playground: { words: "Routing", page: PlaygroundPage },
  keys: { words: "Keys", page: KeysPage },
  projects: { words: "Projects", page: ProjectsPage },
  requests: { words: "Requests", page: RequestsPage },
  vault: { words: "Vault", page: VaultPage },
  audit: { words: "Audit", page: AuditPage },
  alerts: { words: "Alerts", page: AlertsPage },
  settings: { words: "Settings", page: SettingsPage },
} as const;
