/** A real Chromium for the tests of the admin page, where the machine has one. */
import { existsSync } from "node:fs";

/** Where distributions put it; `CHROMIUM_PATH` comes before them. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** Path of the first that is there; undefined: this machine has none. */
export function findChromium(): string | undefined {
  return [process.env.CHROMIUM_PATH ?? "", ...PLACES].find((at) => at !== "" && existsSync(at));
}

/** One line for who runs the tests without a browser. */
export const NO_CHROMIUM =
  "tokenhub: no Chromium on this machine, so the tests of the admin page in a browser are skipped (apt-get install chromium).";
