/**
 * The id_token of a login, validated in full (OpenID Connect Core §3.1.3.7 with errata set 2).
 *
 * Signature, issuer, audience, authorized party, times and nonce are checked
 * strictly: they say who logged in, at which provider, for which client.
 * `identity.ts` reads the other claims.
 *
 * @module
 */

import { OAuthError } from "../errors.ts";
import { ProviderFailure } from "./failure.ts";
import type { UpstreamMember } from "./failure_detail.ts";
import { verifyProviderSignature } from "./keys.ts";
import { fillIssuer, isTemplate } from "./tenant.ts";
import type { Upstream, UpstreamDependencies } from "./upstream.ts";

/** What an id_token must say. */
export interface IdTokenExpectation {
  clientId: string;
  nonce: string;
  /** The issuer that the authorization response named, if it named one. */
  responseIssuer: string | undefined;
  /** Tenants that may log in. If the list is empty, any may. */
  tenants: readonly string[];
}

/** Claims of an id_token. */
export type Claims = Record<string, unknown>;

const CLOCK_TOLERANCE_SECONDS = 30;
const MAX_CHARACTERS = 64 * 1024;

/**
 * Validates an id_token and returns its claims, `iss` and `sub` as texts.
 *
 * @throws {ProviderFailure} that names the claim, or what is wrong with the signature.
 */
export async function validateIdToken(
  idToken: string,
  upstream: Upstream,
  expected: IdTokenExpectation,
  dependencies: Pick<UpstreamDependencies, "safeFetch" | "now">,
): Promise<Claims & { iss: string; sub: string }> {
  if (idToken.length > MAX_CHARACTERS) {
    throw new ProviderFailure({ member: "id_token", problem: "too_large" });
  }
  const claims = await verifyProviderSignature(idToken, upstream, dependencies);
  const iss = readClaim(claims, "iss");
  if (iss !== findIssuerOf(claims, upstream.server.issuer) || iss !== (expected.responseIssuer ?? iss)) {
    throw mismatch("iss");
  }
  checkAudience(claims, expected.clientId);
  checkTimes(claims, dependencies.now() / 1000);
  if (readClaim(claims, "nonce") !== expected.nonce) {
    throw mismatch("nonce");
  }
  checkTenant(claims, expected.tenants);
  return { ...claims, iss, sub: readClaim(claims, "sub") };
}

/** The issuer that a token must name: the provider's, or the template filled with the token's own tenant. */
function findIssuerOf({ tid }: Claims, issuer: string): string {
  if (!isTemplate(issuer)) {
    return issuer;
  }
  const filled = fillIssuer(issuer, tid);
  if (filled === undefined) {
    throw new ProviderFailure({ member: "tid", problem: tid === undefined ? "missing" : "malformed" });
  }
  return filled;
}

function checkTenant({ tid }: Claims, tenants: readonly string[]): void {
  const isListed = tenants.some((tenant) => tenant.toLowerCase() === String(tid).toLowerCase());
  if (tenants.length > 0 && !isListed) {
    throw new OAuthError("access_denied", "Cannot log in: people of this tenant may not", {
      reason: "tenant_not_allowed",
      detail: { step: "id_token", status: null, error_code: null, member: "tid", problem: "mismatch" },
    });
  }
}

/** Checks that a JWT is for this client: `aud` names it, and `azp` names it, too, if it is there. */
export function checkAudience(claims: Claims, clientId: string): void {
  const { aud, azp } = claims;
  if (aud === undefined || aud === null) {
    throw new ProviderFailure({ member: "aud", problem: "missing" });
  }
  if (!(Array.isArray(aud) ? aud : [aud]).includes(clientId)) {
    throw mismatch("aud");
  }
  if (azp !== undefined && azp !== null && azp !== clientId) {
    throw mismatch("azp");
  }
}

/** Checks `exp`, which is required, and `nbf`, which is optional. */
export function checkTimes(claims: Claims, now: number): void {
  if (readTime(claims["exp"], "exp") <= now - CLOCK_TOLERANCE_SECONDS) {
    throw new ProviderFailure({ member: "exp", problem: "expired" });
  }
  const { nbf } = claims;
  if (nbf !== undefined && nbf !== null && readTime(nbf, "nbf") > now + CLOCK_TOLERANCE_SECONDS) {
    throw new ProviderFailure({ member: "nbf", problem: "not_yet_valid" });
  }
}

/** Seconds since the epoch; some providers write the number as text. */
function readTime(value: unknown, member: UpstreamMember): number {
  const seconds = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof seconds !== "number" || !Number.isFinite(seconds)) {
    throw new ProviderFailure({ member, problem: value === undefined ? "missing" : "malformed" });
  }
  return seconds;
}

/** A claim that must be a text; a number stands for its digits. */
function readClaim(claims: Claims, member: "iss" | "sub" | "nonce"): string {
  const value = claims[member];
  if (value === undefined || value === null || value === "") {
    throw new ProviderFailure({ member, problem: "missing" });
  }
  if (typeof value !== "string" && typeof value !== "number") {
    throw new ProviderFailure({ member, problem: "malformed" });
  }
  return String(value);
}

function mismatch(member: UpstreamMember): ProviderFailure {
  return new ProviderFailure({ member, problem: "mismatch" });
}
