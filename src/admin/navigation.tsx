/** The navigation at the side. */

import { useEffect, useRef } from "preact/hooks";
import { PAGES } from "./pages/index.tsx";
import { Brand, VaultBadge } from "./parts/brand.tsx";

/** Every page by its words, the vault with its state. */
export function Sidebar(props: { open: string; vault: string | undefined; signOut: () => void }) {
  const list = useRef<HTMLUListElement>(null);
  // On small screens the pages stand in one row, of which a part is seen.
  useEffect(() => {
    const open = list.current?.querySelector("[aria-current]");
    open?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [props.open]);
  return (
    <div class="side">
      <Brand />
      <nav aria-label="Pages">
        <ul ref={list}>
          {Object.entries(PAGES).map(([name, { words }]) => (
            <li key={name}>
              <a href={`#/${name}`} aria-current={props.open === name ? "page" : undefined}>
                {words}
                {name === "vault" && props.vault !== undefined && (
                  <VaultBadge state={props.vault} />
                )}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="foot">
        <button type="button" class="small" onClick={props.signOut}>
          Sign out
        </button>
      </div>
    </div>
  );
}
