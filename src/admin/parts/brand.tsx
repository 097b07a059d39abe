/** The name, and the vault's state as one word. */
import icon from "../style/icon.svg";
import { Badge } from "./notice.tsx";

/** Name and picture. */
export function Brand() {
  return (
    <div class="brand">
      <img src={icon} alt="" />
      Tokenhub
    </div>
  );
}

/** The vault's state as a badge. */
export function VaultBadge({ state }: { state: string }) {
  if (state === "unsealed") return <Badge kind="good">open</Badge>;
  if (state === "sealed") return <Badge kind="warn">sealed</Badge>;
  if (state === "uninitialised") return <Badge>not set</Badge>;
  if (state === "off") return <Badge>off</Badge>;
  return <Badge kind="bad">{state}</Badge>;
}
