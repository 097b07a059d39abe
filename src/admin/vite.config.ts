/** How the admin page is built: one script, one style sheet, no inline code, everything under `/admin/`. */
import path from "node:path";
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "/admin/",
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: path.join(import.meta.dirname, "../../dist/admin"),
    emptyOutDir: true,
    target: "es2022",
    // Data URLs of scripts and styles would be refused by the page's own policy.
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
});
