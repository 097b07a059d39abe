/** The files of the admin page, read into memory once: there are few, and nobody can ask for another file. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Asset, Platform } from "../src/platform.ts";

/** Where `npm start` builds the page. */
export const PAGE_FOLDER = path.join(import.meta.dirname, "../dist/admin");

/** Ending → media type of what a build leaves. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** `Platform.asset` over the files of this folder; of a folder that is missing there are none. */
export function fileAssets(folder: string): Platform["asset"] {
  const files = new Map<string, Asset>();
  const entries = existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
    : [];
  for (const entry of entries) {
    const contentType = CONTENT_TYPES[path.extname(entry.name)];
    if (!entry.isFile() || contentType === undefined) continue;
    const file = path.join(entry.parentPath, entry.name);
    const at = path.relative(folder, file).split(path.sep).join("/");
    files.set(`/admin/${at}`, { body: readFileSync(file), contentType });
  }
  return async (at) => files.get(at);
}
