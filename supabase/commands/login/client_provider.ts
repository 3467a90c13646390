/**
 * The part of a client that the SDK asks for: it keeps the registration, the
 * tokens and the code verifier. They stay in memory, because they are for one
 * login only.
 *
 * @module
 */

import type {
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from "@modelcontextprotocol/client";

/** Builds a client. It calls `onAuthorize` with the URL of the login page. */
export function buildClientProvider(
  redirectUri: string,
  onAuthorize: (url: URL) => void,
): OAuthClientProvider {
  const state = crypto.randomUUID();
  let client: StoredOAuthClientInformation | undefined;
  let tokens: StoredOAuthTokens | undefined;
  let discovery: OAuthDiscoveryState | undefined;
  let verifier = "";
  return {
    redirectUrl: redirectUri,
    clientMetadata: {
      client_name: "Gatepost command line",
      redirect_uris: [redirectUri],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    state: () => state,
    clientInformation: () => client,
    saveClientInformation(information): void {
      client = information;
    },
    tokens: () => tokens,
    saveTokens(issued): void {
      tokens = issued;
    },
    redirectToAuthorization: onAuthorize,
    saveCodeVerifier(text): void {
      verifier = text;
    },
    codeVerifier: () => verifier,
    saveDiscoveryState(found): void {
      discovery = found;
    },
    discoveryState: () => discovery,
  };
}
