/**
 * Where the gateway may connect to. Classes with explicit grants, not a list of what is bad: `public` is
 * global unicast over https, `private` is what the operator's deployment lists and nothing else.
 */
import ipaddr from "ipaddr.js";
import { TokenhubError } from "./errors.ts";
import { type Grant, grantsOf } from "./grant.ts";
import type { UpstreamCall } from "./platform.ts";

/** An address about to be connected to, and the host name of the URL that led to it. */
export interface Connection {
  readonly host: string;
  /** IPv4 or IPv6 as text, without brackets. */
  readonly address: string;
  readonly port: number;
  readonly network: UpstreamCall["network"];
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * The URL, parsed and in normal form, when a provider of this network may have it. A private host *name*
 * passes when any range is granted: the home checks the address that it resolves to (`allowsAddress`).
 * @throws TokenhubError `egress_denied`.
 */
export function checkUrl(
  text: string,
  allowed: { network: UpstreamCall["network"]; privateEgress: readonly string[] },
): URL {
  const url = parseUrl(text);
  const host = hostOf(url);
  const port = url.port === "" ? DEFAULT_PORTS[url.protocol] : Number(url.port);
  if (port === undefined || url.username || url.password || url.search || url.hash) throw denied();
  if (isForbiddenName(host)) throw denied();
  const isPublic = allowed.network === "public";
  if (isPublic && (url.protocol !== "https:" || (port < 1024 && port !== 443))) throw denied();
  const fits = ipaddr.isValid(host)
    ? allowsAddress({ host, address: host, port, network: allowed.network }, allowed.privateEgress)
    : isPublic
      ? isPublicName(host)
      : isGrantedName(host, port, grantsOf(allowed.privateEgress));
  if (!fits) throw denied();
  return url;
}

/** May a call of this network connect to this address? Asked for every address that a name resolved to. */
export function allowsAddress(to: Connection, privateEgress: readonly string[]): boolean {
  if (!ipaddr.isValid(to.address)) return false;
  const address = unwrap(ipaddr.parse(to.address));
  if (isForbidden(address)) return false;
  if (to.network === "public") return isGlobalUnicast(address);
  return grantsOf(privateEgress).some((grant) => grants(grant, to, address));
}

/** Is this peer on this machine or in a private network? */
export function isNear(peer: string): boolean {
  if (!ipaddr.isValid(peer)) return false;
  return NEAR.has(unwrap(ipaddr.parse(peer)).range());
}

const NEAR: ReadonlySet<string> = new Set(["loopback", "private", "uniqueLocal", "linkLocal"]);

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "https:": 443, "http:": 80 };

function denied(): TokenhubError {
  return new TokenhubError("egress_denied");
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw denied();
  }
}

/** Without brackets and without the trailing dots that mean the same host. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$|\.+$/g, "");
}

/** Where clouds and clusters answer with credentials; refused even when listed. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set([
  "metadata",
  "metadata.goog",
  "metadata.google.internal",
  "instance-data",
  "instance-data.ec2.internal",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
]);

function isForbiddenName(host: string): boolean {
  return host === "" || FORBIDDEN_NAMES.has(host);
}

const PRIVATE_SUFFIXES = [".local", ".internal", ".localhost", ".svc", ".home.arpa"];

function isPublicName(host: string): boolean {
  return host.includes(".") && !PRIVATE_SUFFIXES.some((suffix) => `.${host}`.endsWith(suffix));
}

function isGrantedName(host: string, port: number, list: readonly Grant[]): boolean {
  const loopback = host === "localhost" || host.endsWith(".localhost");
  return list.some((grant) => {
    if (grant.port !== undefined && grant.port !== port) return false;
    if (grant.host === host) return true;
    return loopback ? grant.loopback : grant.range !== undefined;
  });
}

function grants(grant: Grant, to: Connection, address: Address): boolean {
  if (grant.port !== undefined && grant.port !== to.port) return false;
  if (grant.host !== undefined && grant.host === to.host) return true;
  // Loopback is one place under many addresses: `localhost` is ::1 here and 127.0.0.1 there.
  if (grant.loopback && address.range() === "loopback") return true;
  return grant.range?.[0].kind() === address.kind() && address.match(grant.range);
}

/** IPv6 ranges that carry an IPv4 address → offset of its four bytes. */
const CARRIERS: Readonly<Record<string, number>> = {
  ipv4Mapped: 12,
  rfc6145: 12,
  rfc6052: 12,
  "6to4": 2,
};

/** The IPv4 address inside an IPv6 one, which is where a packet would end. */
function unwrap(address: Address): Address {
  if (address instanceof ipaddr.IPv4) return address;
  const bytes = address.toByteArray();
  const range = address.range();
  // ::a.b.c.d, the obsolete "compatible" form, has no range of its own.
  const compatible = range === "unicast" && bytes.slice(0, 12).every((byte) => byte === 0);
  const offset = compatible ? 12 : CARRIERS[range];
  return offset === undefined ? address : new ipaddr.IPv4(bytes.slice(offset, offset + 4));
}

const FORBIDDEN_RANGES: ReadonlySet<string> = new Set([
  "unspecified",
  "linkLocal",
  "multicast",
  "broadcast",
  "teredo",
]);

/** Metadata services outside link-local: Azure, Alibaba, Oracle, AWS over IPv6. */
const METADATA = ["168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32", "fd00:ec2::/32"].map(
  (cidr) => ipaddr.parseCIDR(cidr),
);

function isForbidden(address: Address): boolean {
  if (FORBIDDEN_RANGES.has(address.range())) return true;
  return METADATA.some((range) => range[0].kind() === address.kind() && address.match(range));
}

/** RFC 4291: 2000::/3 is all of IPv6 that is global unicast today. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR("2000::/3");

function isGlobalUnicast(address: Address): boolean {
  if (address.range() !== "unicast") return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6);
}
