/**
 * What the SDK asks of a client: to keep its registration, its tokens and its
 * code verifier. One login needs them no longer than this process lives.
 *
 * @module
 */

import type {
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from "@modelcontextprotocol/client";

/** Makes a client; `onAuthorize` gets the URL to log in at. */
export function makeClientProvider(
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
