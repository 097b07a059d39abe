/** Which settings are given; never a value that might be a secret. */
import { z } from "zod";
import { SETTING_NAMES } from "../../settings.ts";
import { environmentRows } from "./registry-read.ts";
import { type AdminRoute, adminRoute } from "./route.ts";

const settingsShape = z
  .object({
    settings: z.array(z.object({ name: z.string(), given: z.boolean() })),
    public_url: z.string().nullable(),
    vault_enabled: z.boolean(),
    declared_providers: z.array(z.string()),
  })
  .meta({ id: "Settings" });

const PREFIX = "TOKENHUB_";
/** Not for people. */
const HIDDEN: ReadonlySet<string> = new Set(["START"]);

/** `GET /settings`. */
export const settingsRoutes: readonly AdminRoute[] = [
  adminRoute({
    ...{ method: "GET", path: "/settings", guard: "admin" },
    summary: "Names of the settings, and which are given",
    answer: settingsShape,
    async handle({ gateway }) {
      const { given, publicUrl, vaultEnabled } = gateway.settings;
      const settings = SETTING_NAMES.filter((name) => !HIDDEN.has(name)).map((name) => ({
        name: PREFIX + name,
        given: given.includes(PREFIX + name) || given.includes(name),
      }));
      const declared = environmentRows(gateway).providers.map(({ id }) => id);
      return {
        body: {
          settings,
          public_url: publicUrl ?? null,
          vault_enabled: vaultEnabled,
          declared_providers: declared,
        },
      };
    },
  }),
];
