/**
 * GET /oauth-jwks: the public keys that verify what Gatepost signs (RFC 7517 §5).
 *
 * All keys are published: the one that signs now, the next ones and the earlier
 * ones. So a verifier knows a key before it signs, and until its last token
 * has expired.
 *
 * @module
 */

import { buildEndpoint, type EndpointDependencies } from "../_shared/http/endpoint.ts";
import { notFound } from "../_shared/http/route.ts";
import type { SigningKeys } from "../_shared/tokens/signing_keys.ts";

/** What the endpoint needs from outside. */
export interface JwksDependencies extends EndpointDependencies {
  signingKeys: Pick<SigningKeys, "publicKeys">;
}

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function buildJwksEndpoint(dependencies: JwksDependencies): (request: Request) => Promise<Response> {
  return buildEndpoint(
    { name: "oauth-jwks", methods: ["GET"], crossOrigin: true, route: "" },
    dependencies,
    ({ path }) => {
      if (path.length > 0) {
        throw notFound();
      }
      return Response.json(dependencies.signingKeys.publicKeys, {
        headers: { "Cache-Control": "public, max-age=300", "Content-Type": "application/jwk-set+json" },
      });
    },
  );
}
