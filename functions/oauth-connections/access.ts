/**
 * Who asks: the access token of a program, or the one in the cookie of a browser.
 *
 * Both are for this endpoint alone: the audience is its URL, the scope its own.
 * Whether the login behind the token still lives, and whether it was made at this
 * page, SQL decides with each call.
 *
 * @module
 */

import { OAuthError } from "../_shared/errors.ts";
import { readBearerToken } from "../_shared/http/bearer.ts";
import { buildCookie, findCookie } from "../_shared/http/cookie.ts";
import { CONNECTIONS_SCOPE } from "../_shared/tokens/own_page.ts";
import { parseScope } from "../_shared/tokens/scope.ts";
import { verifyAccessToken } from "../_shared/tokens/signing.ts";
import type { SigningKeys } from "../_shared/tokens/signing_keys.ts";
import { buildServerUrls } from "../_shared/urls.ts";

/** What the check needs from outside. */
export interface AccessDependencies {
  publicUrl: string;
  signingKeys: SigningKeys;
}

/** A login at this endpoint. */
export interface ConnectionsLogin {
  slug: string;
  familyId: string;
}

/** Checks the token of a program, or throws the challenge that asks for one. */
export async function readConnectionsLogin(
  request: Request,
  slug: string,
  dependencies: AccessDependencies,
): Promise<ConnectionsLogin> {
  return await checkToken(readBearerToken(request), slug, dependencies);
}

/** The login that a browser holds, if it holds a good one. */
export async function findConnectionsLogin(
  request: Request,
  slug: string,
  dependencies: AccessDependencies,
): Promise<ConnectionsLogin | undefined> {
  const token = findCookie(request, dependencies.publicUrl, nameOf(slug));
  return token ? await checkToken(token, slug, dependencies).catch(() => undefined) : undefined;
}

/** The `Set-Cookie` that gives a browser its token. */
export function keepLogin(slug: string, token: string, seconds: number, publicUrl: string): string {
  return buildCookie(publicUrl, nameOf(slug), token, seconds);
}

/** The `Set-Cookie` that takes it away. */
export function forgetLogin(slug: string, publicUrl: string): string {
  return buildCookie(publicUrl, nameOf(slug), "", 0);
}

/** Each server has its own, so that a person can be logged in at several. */
function nameOf(slug: string): string {
  return `connections-${slug}`;
}

async function checkToken(
  token: string,
  slug: string,
  { publicUrl, signingKeys }: AccessDependencies,
): Promise<ConnectionsLogin> {
  const { issuer, connections } = buildServerUrls(publicUrl, slug);
  const verified = await verifyAccessToken(token, { issuer, audience: connections }, signingKeys);
  if (!parseScope(verified.scope).includes(CONNECTIONS_SCOPE)) {
    throw new OAuthError("insufficient_scope", "Cannot answer: the access token has not the scope for this", {
      challenge: { scope: CONNECTIONS_SCOPE },
    });
  }
  return { slug, familyId: verified.familyId };
}
