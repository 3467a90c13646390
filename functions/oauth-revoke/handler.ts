/**
 * POST /oauth-revoke/{slug}: token revocation (RFC 7009).
 *
 * Either token ends the whole login: its family and the provider's tokens. They
 * are revoked at the provider, too, if it has an endpoint for that.
 *
 * @module
 */

import * as z from "zod/mini";
import { readForm } from "../_shared/http/body.ts";
import {
  type AuthenticationDependencies,
  buildAuthenticateClient,
  refuseClient,
  toProofArguments,
} from "../_shared/client/authenticate.ts";
import { defineCall } from "../_shared/database/database.ts";
import { CLIENT_REFUSALS, nullableText, oauthConfigSchema } from "../_shared/database/rows.ts";
import { noteEndedFamily } from "../_shared/tokens/ended_families.ts";
import { type Answer, buildEndpoint, type EndpointDependencies } from "../_shared/http/endpoint.ts";
import { nameFamily, readPresentedToken } from "../_shared/tokens/presented_token.ts";
import { readSlug } from "../_shared/http/route.ts";
import type { SigningKeys } from "../_shared/tokens/signing_keys.ts";
import { revokeUpstream } from "../_shared/upstream/revoke.ts";
import type { UpstreamDependencies } from "../_shared/upstream/upstream.ts";
import type { OAuthError } from "../_shared/errors.ts";
import { buildServerUrls } from "../_shared/urls.ts";

export const revokeToken = defineCall(
  "revoke_token",
  z.discriminatedUnion("outcome", [
    z.object({
      outcome: z.literal("revoked"),
      family_id: z.string(),
      organization_id: nullableText,
      upstream_token_id: nullableText,
      refresh_token_id: nullableText,
      access_token_ciphertext: nullableText,
      refresh_token_ciphertext: nullableText,
      config: z.nullable(oauthConfigSchema),
    }),
    z.object({ outcome: z.enum(["ended", "unknown", "wrong_client", ...CLIENT_REFUSALS]) }),
  ]),
  ["p_client_secret_hash", "p_handle_hash", "p_family_id"],
);

/** What the endpoint needs from outside. */
export interface RevocationDependencies
  extends EndpointDependencies, AuthenticationDependencies, UpstreamDependencies {
  publicUrl: string;
  signingKeys: SigningKeys;
}

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function buildRevocationEndpoint(
  dependencies: RevocationDependencies,
): (request: Request) => Promise<Response> {
  const { publicUrl, database, signingKeys } = dependencies;
  const authenticateClient = buildAuthenticateClient("revoke", dependencies);
  const options = { name: "oauth-revoke", methods: ["POST"], crossOrigin: true };
  return buildEndpoint(options, dependencies, async ({ request, path }) => {
    const slug = readSlug(path);
    const { parameters } = await readForm(request);
    const client = await authenticateClient(request, parameters, slug);
    const presented = await readPresentedToken(
      parameters,
      buildServerUrls(publicUrl, slug).issuer,
      signingKeys,
    );

    const revocation = await revokeToken(database, {
      p_slug: slug,
      ...toProofArguments(client),
      ...nameFamily(presented),
    });
    switch (revocation.outcome) {
      case "revoked":
        noteEndedFamily(revocation.family_id);
        return answerRevoked(await revokeUpstream(revocation, dependencies));
      case "unknown_server":
      case "unknown_client":
      case "wrong_secret":
      case "assertion_required":
      case "assertion_replayed":
      case "assertion_expired":
      case "too_many_assertions":
        throw refuseClient(revocation.outcome);
      // For a token that is not the client's, the client gets the answer of a revoked one (RFC 7009 §2.2).
      case "ended":
      case "unknown":
      case "wrong_client":
        return { response: Response.json({}), reason: `revocation_${revocation.outcome}` };
    }
  });
}

/**
 * The answer of a success, which a provider that kept its tokens does not change.
 *
 * RFC 7009 §2.2 ignores the body. Some clients parse it all the same (simple-oauth2 5.1 throws at an empty one).
 */
function answerRevoked(failure: OAuthError | undefined): Answer {
  const response = Response.json({});
  return { response, ...(failure && { reason: failure.reason, detail: failure.detail }) };
}
