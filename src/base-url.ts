/** Base URLs of providers: one spelling, and which network they lie in. No name is resolved here. */
import ipaddr from "ipaddr.js";

/**
 * The base URL as rows hold it: no trailing slash, `/v1` added when there is no path.
 * undefined: not an absolute http(s) URL, or one with user info, query or fragment.
 */
export function normalBaseUrl(text: string): string | undefined {
  const url = URL.parse(text.trim());
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username || url.password || /[?#]/.test(url.href)) return undefined;
  const path = url.pathname.replace(/\/+$/, "");
  return url.origin + (path === "" ? "/v1" : path);
}

/** private: http, or a host that is loopback or an address outside global unicast. @throws on a bad URL. */
export function networkOf(baseUrl: string): "public" | "private" {
  const url = new URL(baseUrl);
  if (url.protocol === "http:") return "private";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (host === "localhost" || host.endsWith(".localhost")) return "private";
  return ipaddr.isValid(host) && ipaddr.process(host).range() !== "unicast" ? "private" : "public";
}
