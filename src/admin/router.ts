/** Which page is open: the part of the address behind `#/`, so that the server knows one page only. */
import { useEffect, useState } from "preact/hooks";

/** `#/requests/req_1?status=5` → name `requests`, id `req_1`, query. */
export interface Place {
  readonly name: string;
  /** undefined: the list itself. */
  readonly id: string | undefined;
  readonly query: URLSearchParams;
}

/** Reads an address's hash. */
export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?");
  const [name = "", id] = path.split("/");
  return {
    name,
    id: id === undefined || id === "" ? undefined : decoded(id),
    query: new URLSearchParams(query),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Opens another page. */
export function go(path: string): void {
  location.hash = `#/${path}`;
}

/** The open page; drawn anew when it changes. */
export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return placeOf(hash);
}
