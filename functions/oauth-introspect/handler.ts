/**
 * POST /oauth-introspect/{slug}: token introspection (RFC 7662).
 *
 * For resource servers with credentials of their own, which may ask about
 * every token of their server, and for clients that prove themselves with an
 * assertion, which may ask about their own.
 *
 * @module
 */

import * as z from "zod/mini";
import { readForm } from "../_shared/http/body.ts";
import {
  type AuthenticationDependencies,
  buildAuthenticateClient,
  type ClientProof,
  refuseClient,
} from "../_shared/client/authenticate.ts";
import { refusedClient } from "../_shared/client/credentials.ts";
import { type Database, defineCall } from "../_shared/database/database.ts";
import { CLIENT_REFUSALS, nullableText } from "../_shared/database/rows.ts";
import { buildEndpoint, type EndpointDependencies } from "../_shared/http/endpoint.ts";
import {
  type NamedFamily,
  nameFamily,
  type PresentedToken,
  readPresentedToken,
} from "../_shared/tokens/presented_token.ts";
import { readSlug, unknownServer } from "../_shared/http/route.ts";
import type { SigningKeys } from "../_shared/tokens/signing_keys.ts";
import { buildServerUrls } from "../_shared/urls.ts";

const activeSchema = z.object({
  outcome: z.literal("active"),
  organization_id: z.string(),
  mcp_server_user_id: z.string(),
  client_id: z.string(),
  resource: z.string(),
  scope: z.string(),
  created_at: z.string(),
  expires_at: z.string(),
  email: nullableText,
  email_verified: z.boolean(),
});

const introspectToken = defineCall(
  "introspect_token",
  z.discriminatedUnion("outcome", [
    activeSchema,
    z.object({ outcome: z.enum(["inactive", "unknown_server", "unknown_resource_server", "wrong_secret"]) }),
  ]),
  ["p_family_id", "p_handle_hash", "p_refresh_hash"],
);

const introspectOwnToken = defineCall(
  "introspect_own_token",
  z.discriminatedUnion("outcome", [
    activeSchema,
    z.object({ outcome: z.enum(["inactive", ...CLIENT_REFUSALS]) }),
  ]),
  ["p_family_id", "p_handle_hash", "p_refresh_hash"],
);

/** What the endpoint needs from outside. */
export interface IntrospectionDependencies extends EndpointDependencies, AuthenticationDependencies {
  publicUrl: string;
  database: Database;
  signingKeys: SigningKeys;
}

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function buildIntrospectionEndpoint(
  dependencies: IntrospectionDependencies,
): (request: Request) => Promise<Response> {
  const { publicUrl, database, signingKeys } = dependencies;
  const authenticateClient = buildAuthenticateClient("introspect", dependencies);
  const options = { name: "oauth-introspect", methods: ["POST"], crossOrigin: false };
  return buildEndpoint(options, dependencies, async ({ request, path }) => {
    const slug = readSlug(path);
    const { parameters } = await readForm(request);
    const caller = await authenticateClient(request, parameters, slug);
    const { issuer } = buildServerUrls(publicUrl, slug);
    const presented = await readPresentedToken(parameters, issuer, signingKeys);

    const family = caller.assertion
      ? await askAsClient(slug, { ...caller, assertion: caller.assertion }, nameToken(presented), database)
      : await askAsResourceServer(slug, caller, nameToken(presented), database);
    return Response.json(family ? describeToken(presented, family, issuer) : { active: false });
  });
}

type ActiveFamily = z.infer<typeof activeSchema>;

/** A resource server asks about any token of its server. */
async function askAsResourceServer(
  slug: string,
  caller: ClientProof,
  token: NamedToken,
  database: Database,
): Promise<ActiveFamily | undefined> {
  const introspection = await introspectToken(database, {
    p_slug: slug,
    p_resource_server_id: caller.clientId,
    p_secret_hash: caller.secretHash ?? "",
    ...token,
  });
  switch (introspection.outcome) {
    case "active":
      return introspection;
    case "inactive":
      return undefined;
    case "unknown_server":
      throw unknownServer();
    case "unknown_resource_server":
    case "wrong_secret":
      throw refusedClient(introspection.outcome);
  }
}

/** A client asks about a token of its own: any other is inactive. */
async function askAsClient(
  slug: string,
  { clientId, assertion }: ClientProof & { assertion: NonNullable<ClientProof["assertion"]> },
  token: NamedToken,
  database: Database,
): Promise<ActiveFamily | undefined> {
  const introspection = await introspectOwnToken(database, {
    p_slug: slug,
    p_client_id: clientId,
    p_assertion_hash: assertion.hash,
    p_assertion_expires_at: assertion.expiresAt,
    ...token,
  });
  switch (introspection.outcome) {
    case "active":
      return introspection;
    case "inactive":
      return undefined;
    case "unknown_server":
    case "unknown_client":
    case "wrong_secret":
    case "assertion_required":
    case "assertion_replayed":
    case "assertion_expired":
    case "too_many_assertions":
      throw refuseClient(introspection.outcome);
  }
}

/** A refresh token is named by its secret as well: a family lives on when one of its tokens is spent. */
type NamedToken = NamedFamily & { p_refresh_hash: string | null };

function nameToken(presented: PresentedToken): NamedToken {
  return {
    ...nameFamily(presented),
    p_refresh_hash: presented.kind === "refresh" ? presented.token.secretHash : null,
  };
}

/** The members of RFC 7662 §2.2 for an active token. */
function describeToken(
  presented: PresentedToken,
  family: ActiveFamily,
  issuer: string,
): Record<string, unknown> {
  const common = {
    active: true,
    iss: issuer,
    sub: family.mcp_server_user_id,
    client_id: family.client_id,
    aud: family.resource,
    organization_id: family.organization_id,
    ...(family.email === null ? {} : { email: family.email, email_verified: family.email_verified }),
  };
  if (presented.kind === "access") {
    const { scope, expiresAt, issuedAt, tokenId } = presented.token;
    return { ...common, token_type: "Bearer", scope, exp: expiresAt, iat: issuedAt, jti: tokenId };
  }
  return {
    ...common,
    scope: family.scope,
    exp: toSeconds(family.expires_at),
    iat: toSeconds(family.created_at),
  };
}

function toSeconds(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}
