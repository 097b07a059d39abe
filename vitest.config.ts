import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { findChromium, NO_CHROMIUM } from "./test/fakes/chromium.ts";

// wrangler.toml names it, and wrangler wants it to exist, built or not.
mkdirSync(path.join(import.meta.dirname, "dist/admin"), { recursive: true });

const browser = findChromium() ? ["test/browser/*.test.ts"] : [];
if (browser.length === 0) console.log(NO_CHROMIUM);

/**
 * Two runtimes. `test/contracts/*.test.ts` (one suite per interface) runs in both; `test/unit`, `test/node`
 * in Node only; `test/edge` in workerd only; `test/browser` in Node, with a Chromium where there is one.
 */
export default defineConfig(async () => ({
  test: {
    // Files wait for servers and runtimes more than they compute: the usual one worker less than cores leaves one idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "node",
          include: [
            "test/{contracts,unit,node,attacks}/**/*.test.ts",
            "test/*.test.ts",
            ...browser,
          ],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                TEST_MIGRATIONS: await readD1Migrations(
                  path.join(import.meta.dirname, "migrations"),
                ),
              },
            },
          }),
        ],
        test: {
          name: "edge",
          include: ["test/{contracts,edge}/**/*.test.ts"],
          setupFiles: ["./test/edge/apply-migrations.ts"],
          testTimeout: 20_000,
          deps: { optimizer: { ssr: { enabled: true, include: ["itty-durable"] } } },
        },
      },
    ],
  },
}));
