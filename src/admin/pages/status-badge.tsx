/** How a request ended, as one word. */
import { Badge } from "../parts/notice.tsx";

/** A status with its colour. */
export function StatusBadge({ status, code }: { status: number; code?: string | undefined }) {
  const kind = status >= 500 ? "bad" : status >= 400 ? "warn" : code ? "bad" : "good";
  return (
    <Badge kind={kind}>
      {status}
      {code ? ` ${code}` : ""}
    </Badge>
  );
}
