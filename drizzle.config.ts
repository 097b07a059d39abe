import { defineConfig } from "drizzle-kit";

/** `drizzle-kit generate` writes migrations/*.sql from the schema; wrangler and self-hosted/migrate.ts apply them. */
export default defineConfig({
  dialect: "sqlite",
  schema: ["./src/store/schema.ts", "./src/store/schema-admin.ts"],
  out: "./migrations",
});
