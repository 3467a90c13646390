/**
 * The authorization request: who asks, and whether what is asked can be granted.
 *
 * `findClient` proves client and redirect URI; what it throws is shown.
 * `checkAuthorizationRequest` decides the rest; what it throws is redirected.
 *
 * @module
 */

import type { Form, Parameters } from "../_shared/body.ts";
import type { McpClient, McpServer } from "../_shared/database_results.ts";
import type { ClientMetadata } from "../_shared/client_metadata.ts";
import type { Dependencies } from "../_shared/dependencies.ts";
import { OAuthError } from "../_shared/errors.ts";
import type { ClientReturn } from "../_shared/redirect.ts";
import { findRegisteredRedirectUri } from "../_shared/redirect_uri.ts";
import { checkResources } from "../_shared/resource.ts";
import { unknownServer } from "../_shared/route.ts";
import { grantScope } from "../_shared/scope.ts";
import { buildResource, buildServerUrls } from "../_shared/urls.ts";
import {
  checkMetadataDocumentPolicy,
  type FetchMetadataDocument,
  isMetadataDocumentUrl,
} from "./metadata_document.ts";

/** A client that is known here, and where its answer goes. */
export interface ProvenClient {
  server: McpServer;
  clientId: string;
  clientName: string | null;
  /** What a client id metadata document says now; stored at the approval. */
  metadataDocument: ClientMetadata | undefined;
  providerName: string;
  /** The resource of the server. */
  resource: string;
  returnTo: ClientReturn;
}

/** A request that was checked: what the consent is about, and what the session will hold. */
export interface AuthorizationRequest {
  clientId: string;
  redirectUri: string;
  state: string | undefined;
  scope: string;
  resource: string;
  codeChallenge: string;
  nonce: string | undefined;
  trackingId: string | undefined;
  metadataDocument: ClientMetadata | undefined;
  /** Passed on to the provider. */
  hints: Record<string, string>;
}

const MAX_PARAMETER_LENGTH = 4000;

/** Finds the client and proves its redirect URI, or throws what must be shown and not redirected. */
export async function findClient(
  form: Form,
  slug: string,
  fetchDocument: FetchMetadataDocument,
  dependencies: Dependencies,
): Promise<ProvenClient> {
  const { parameters } = form;
  const clientId = requireParameter(parameters, "client_id");
  const beginning = await dependencies.database.beginAuthorization({ p_slug: slug, p_client_id: clientId });
  switch (beginning.outcome) {
    case "unknown_server":
      throw unknownServer();
    case "no_sign_in":
      throw new OAuthError("invalid_request", "Cannot log in: this server has no sign-in", {
        reason: "no_sign_in",
      });
    case "ready":
    case "unknown_client": {
      const stored = beginning.outcome === "ready" ? beginning.client : undefined;
      const client = await describeClient(clientId, stored, beginning.server, fetchDocument, dependencies);
      const redirectUri = findRegisteredRedirectUri(
        requireParameter(parameters, "redirect_uri"),
        client.redirectUris,
      );
      if (!redirectUri) {
        throw new OAuthError(
          "invalid_request",
          "Cannot log in: the app did not register the address to return to",
          {
            reason: "redirect_uri_not_registered",
          },
        );
      }
      const { publicUrl } = dependencies.config;
      return {
        ...client,
        server: beginning.server,
        providerName: beginning.provider_name,
        resource: buildResource(beginning.server, publicUrl),
        returnTo: {
          redirectUri,
          state: parameters.get("state"),
          issuer: buildServerUrls(publicUrl, slug).issuer,
        },
      };
    }
  }
}

type DescribedClient = Pick<ProvenClient, "clientId" | "clientName" | "metadataDocument"> & {
  redirectUris: string[];
};

/**
 * A client as it was registered, or as its metadata document describes it now.
 *
 * While a document is out of reach, what an earlier login stored of it stands in.
 */
async function describeClient(
  clientId: string,
  stored: McpClient | undefined,
  server: McpServer,
  fetchDocument: FetchMetadataDocument,
  { config }: Dependencies,
): Promise<DescribedClient> {
  if (stored?.kind === "dynamic") {
    return {
      clientId,
      clientName: stored.client_name,
      redirectUris: stored.redirect_uris,
      metadataDocument: undefined,
    };
  }
  if (!isMetadataDocumentUrl(clientId, config.allowPrivateUpstreams)) {
    throw new OAuthError("invalid_client", "Cannot log in: the app is not registered with this server", {
      reason: "unknown_client",
    });
  }
  checkMetadataDocumentPolicy(clientId, server);
  try {
    const metadata = await fetchDocument(clientId);
    return {
      clientId,
      clientName: metadata.client_name ?? null,
      redirectUris: metadata.redirect_uris,
      metadataDocument: metadata,
    };
  } catch (thrown) {
    if (stored && thrown instanceof OAuthError && thrown.code === "temporarily_unavailable") {
      return {
        clientId,
        clientName: stored.client_name,
        redirectUris: stored.redirect_uris,
        metadataDocument: undefined,
      };
    }
    throw thrown;
  }
}

/** Checks everything else of the request, or throws what is redirected to the client. */
export function checkAuthorizationRequest(
  form: Form,
  client: ProvenClient,
): AuthorizationRequest {
  const { parameters } = form;
  for (const name of ["request", "request_uri"] as const) {
    if (parameters.has(name)) {
      throw new OAuthError(
        `${name}_not_supported`,
        `Cannot authorize: the parameter ${name} is not supported`,
      );
    }
  }
  if (requireParameter(parameters, "response_type") !== "code") {
    throw new OAuthError(
      "unsupported_response_type",
      "Cannot authorize: the only response type is code",
    );
  }
  if (!["query", undefined].includes(parameters.get("response_mode"))) {
    throw refusedParameter(
      "the only response mode is query",
      "response_mode_unsupported",
    );
  }
  checkPkce(parameters);
  checkResources(form.resources, client.resource);
  if (
    [...parameters.values()].some((value) => value.length > MAX_PARAMETER_LENGTH)
  ) {
    throw refusedParameter("a parameter is too long", "parameter_too_long");
  }
  if (parameters.get("prompt") === "none") {
    throw new OAuthError(
      "consent_required",
      "Cannot authorize without asking: every login needs an approval",
    );
  }
  return {
    clientId: client.clientId,
    metadataDocument: client.metadataDocument,
    redirectUri: client.returnTo.redirectUri,
    state: parameters.get("state"),
    scope: grantScope(parameters.get("scope"), client.server.scopes_supported),
    resource: client.resource,
    codeChallenge: requireParameter(parameters, "code_challenge"),
    nonce: parameters.get("nonce"),
    trackingId: readTrackingId(parameters),
    hints: readHints(parameters),
  };
}

/** PKCE with S256 is required (OAuth 2.1 §7.5.2); a missing method means plain (RFC 7636 §4.3). */
function checkPkce(parameters: Parameters): void {
  const challenge = parameters.get("code_challenge");
  if (
    challenge === undefined ||
    parameters.get("code_challenge_method") !== "S256"
  ) {
    throw refusedParameter(
      "PKCE with the method S256 is required",
      "pkce_required",
    );
  }
  if (!/^[A-Za-z0-9_-]{43}$/.test(challenge)) {
    throw refusedParameter(
      "the code challenge is not a SHA-256 in base64url",
      "code_challenge_malformed",
    );
  }
}

function readTrackingId(parameters: Parameters): string | undefined {
  const trackingId = parameters.get("tracking_id");
  if (trackingId !== undefined && !/^[\x21-\x7e]{1,255}$/.test(trackingId)) {
    throw refusedParameter(
      "the tracking id is malformed",
      "tracking_id_malformed",
    );
  }
  return trackingId;
}

/** What a client may tell the provider through us. Our own consent answers `prompt=consent`. */
function readHints(parameters: Parameters): Record<string, string> {
  const prompt = ["login", "select_account"].find((value) =>
    parameters.get("prompt")?.split(" ").includes(value)
  );
  const hints = {
    prompt,
    login_hint: parameters.get("login_hint"),
    max_age: parameters.get("max_age"),
    ui_locales: parameters.get("ui_locales"),
  };
  return Object.fromEntries(
    Object.entries(hints).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function requireParameter(parameters: Parameters, name: string): string {
  const value = parameters.get(name);
  if (value === undefined) {
    throw refusedParameter(
      `the parameter ${name} is missing`,
      "parameter_missing",
    );
  }
  return value;
}

function refusedParameter(problem: string, reason: string): OAuthError {
  return new OAuthError("invalid_request", `Cannot authorize: ${problem}`, {
    reason,
  });
}
