/** What every page is handed. */
import type { Place } from "../router.ts";

/** Props of a page. */
export interface PageProps {
  readonly place: Place;
  /** The vault's state may be another now; the frame reads it again. */
  vaultChanged(): Promise<void>;
}
