/**
 * Looking for the provider before its config is saved.
 *
 * A provider that does not answer now can be saved later. A wrong answer is a
 * mistake in the config, and the owner is told what was found instead.
 *
 * @module
 */

import type * as oauth from "oauth4webapi";
import { OAuthError } from "../_shared/errors.ts";
import { observeFetch } from "../_shared/upstream/doctor/examination.ts";
import { findIssuer } from "../_shared/upstream/discovery.ts";
import type { UpstreamFailureDetail } from "../_shared/upstream/failure_detail.ts";
import type { FetchDependencies } from "../_shared/upstream/upstream.ts";

/** What a provider says of itself: what a login uses, and the whole document. */
export interface PublishedProvider {
  server: oauth.AuthorizationServer;
  document: Record<string, unknown> | undefined;
}

/** Checks that something at an issuer describes it as a provider, and returns the description. */
export async function checkIssuer(
  issuer: string,
  organizationId: string,
  dependencies: FetchDependencies,
): Promise<PublishedProvider> {
  if (!URL.canParse(issuer)) {
    throw refusedIssuer(NOTHING_THERE);
  }
  const { fetch, observed } = observeFetch(dependencies.safeFetch, dependencies.now);
  const server = await findIssuer(issuer, organizationId, { ...dependencies, safeFetch: fetch }).catch(
    (error: OAuthError) => {
      const detail = error.detail as UpstreamFailureDetail | undefined;
      const finding = detail && describeFinding(detail);
      throw finding === undefined && error.code === "temporarily_unavailable"
        ? error
        : refusedIssuer(finding ?? NOTHING_THERE, error);
    },
  );
  return { server, document: observed.document };
}

const NOTHING_THERE =
  "nothing at the issuer describes it as a provider; a check looks on the rest of the host";

/** What was found instead of the document; undefined for nothing, and for trouble of the moment. */
function describeFinding({ problem, issuer }: UpstreamFailureDetail): string | undefined {
  switch (problem) {
    case "mismatch":
      return issuer
        ? `the provider names itself ${issuer}, and the issuer must be the same text`
        : "the document at the issuer is another provider's";
    case "redirect":
      return "the issuer answers with a redirect, and the issuer must be where it leads";
    case "html":
      return "a page stands where the issuer must describe itself";
    case "unreadable":
    case "missing":
    case "malformed":
    case "too_large":
      return "the document at the issuer does not describe a provider";
    default:
      return undefined;
  }
}

function refusedIssuer(finding: string, cause?: OAuthError): OAuthError {
  return new OAuthError("invalid_request", `Cannot save config: ${finding}`, {
    reason: "issuer_refused",
    cause,
    detail: cause?.detail,
  });
}
