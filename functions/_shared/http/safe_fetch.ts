/**
 * Fetching from configured addresses: providers, their keys, metadata documents.
 *
 * Only https, only public addresses after resolution, no redirects, ten
 * seconds, one megabyte. Local development may allow http and private
 * addresses. The name is resolved once here and again by the connection. An
 * attacker who controls the DNS can change the answer in between. To prevent
 * that, the runtime would have to connect to a given address, and it cannot.
 *
 * @module
 */

import ipaddr from "ipaddr.js";
import { readBytes } from "./body.ts";
import { OAuthError, unavailable } from "../errors.ts";
import { traceFetch } from "../telemetry/telemetry.ts";

const TIMEOUT_MILLISECONDS = 10_000;
const MAX_BYTES = 1024 * 1024;

/** A `fetch` for one configured URL. */
export type SafeFetch = (
  url: string,
  init?: { method?: string; headers?: HeadersInit; body?: unknown; signal?: AbortSignal | undefined },
) => Promise<Response>;

/** The address answered with a redirect, which is never followed. */
export class AnsweredWithRedirect extends Error {
  override readonly name = "AnsweredWithRedirect";
  /** Where it leads. */
  readonly location: string | null;

  constructor(location: string | null) {
    super("The address answered with a redirect");
    this.location = location;
  }
}

/** Resolves a host name to its addresses. */
export type Resolve = (host: string) => Promise<string[]>;

/**
 * Builds a `fetch` that is safe to use on configured URLs.
 *
 * It reads each response to the end, so that no connection stays open.
 *
 * @throws {OAuthError} `server_error` for an address that may not be used, `temporarily_unavailable` when it does not
 * answer, answers too much or redirects.
 */
export function buildSafeFetch(
  { allowPrivateUpstreams }: { allowPrivateUpstreams: boolean },
  resolve: Resolve = resolveHost,
  fetchOver: typeof fetch = fetch,
): SafeFetch {
  const fetchSafely: SafeFetch = async (url, init) => {
    if (!allowPrivateUpstreams) {
      await checkPublicAddress(new URL(url), resolve);
    }
    const request = new Request(url, { ...init, redirect: "manual" } as RequestInit);
    try {
      const response = await fetchOver(request, {
        signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MILLISECONDS)]),
      });
      const body = await readBytes(response, MAX_BYTES);
      if (response.status >= 300 && response.status < 400) {
        throw new AnsweredWithRedirect(response.headers.get("Location"));
      }
      const bodiless = body.byteLength === 0 || [204, 205, 304].includes(response.status);
      return new Response(bodiless ? null : body, response);
    } catch (cause) {
      throw unavailable("Cannot reach the provider now: try again", explainNoAnswer(cause), cause);
    }
  };
  return (url, init) => traceFetch(init?.method ?? "GET", url, () => fetchSafely(url, init));
}

/** Why no answer came, by what the runtime says: `fetch` has no error of its own for a name or a certificate. */
function explainNoAnswer(thrown: unknown): string {
  if (!(thrown instanceof TypeError)) {
    return "upstream_unreachable";
  }
  const { cause } = thrown;
  // The URL stands in parentheses, and is not the runtime's word.
  const words = `${thrown.message} ${cause instanceof Error ? cause.message : ""}`;
  const said = words.replace(/\(https?:[^)]*\)/g, "");
  return /dns error/i.test(said)
    ? "upstream_unresolved"
    : /certificate|corrupt message|tls|handshake/i.test(said)
    ? "upstream_certificate_refused"
    : "upstream_unreachable";
}

/** Checks that a URL is https and leads to public addresses only. */
export async function checkPublicAddress(url: URL, resolve: Resolve = resolveHost): Promise<void> {
  if (url.protocol !== "https:") {
    throw refusedAddress();
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = ipaddr.isValid(host) ? [host] : await resolve(host).catch((cause: unknown) => {
    throw unavailable("Cannot reach the provider now: try again", "upstream_unresolved", cause);
  });
  if (addresses.length === 0) {
    throw unavailable("Cannot reach the provider now: try again", "upstream_unresolved");
  }
  if (addresses.some((address) => !isPublicAddress(address))) {
    throw refusedAddress();
  }
}

/** Whether an address is ordinary and public: not loopback, private, link-local, mapped, translated or reserved. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) {
    return false;
  }
  const parsed = ipaddr.parse(address);
  // Only 2000::/3 of IPv6 is in use. Outside of it are IPv4-compatible addresses, which are in no range of the library.
  const isGivenOut = !(parsed instanceof ipaddr.IPv6) || (parsed.parts[0]! & 0xe000) === 0x2000;
  return isGivenOut && parsed.range() === "unicast";
}

function refusedAddress(): OAuthError {
  return new OAuthError("server_error", "Cannot reach the provider: its address may not be used", {
    reason: "upstream_address_refused",
  });
}

async function resolveHost(host: string): Promise<string[]> {
  const answers = await Promise.allSettled([Deno.resolveDns(host, "A"), Deno.resolveDns(host, "AAAA")]);
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}
