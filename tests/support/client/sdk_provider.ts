/**
 * What both lines of the official SDK ask of a client, kept in memory.
 *
 * @module
 */

import { walkLogin, type WalkOptions } from "../../../supabase/commands/login/walk_login.ts";
import { REDIRECT_URI } from "./mcp_client.ts";

/** The parts of an `OAuthClientProvider` that the two lines share. */
export interface MemoryProvider<Client, Tokens> {
  redirectUrl: string;
  clientMetadata: { client_name: string; redirect_uris: string[]; token_endpoint_auth_method: string };
  state(): string;
  clientInformation(): Client | undefined;
  saveClientInformation(client: Client): void;
  tokens(): Tokens | undefined;
  saveTokens(tokens: Tokens): void;
  redirectToAuthorization(url: URL): void;
  saveCodeVerifier(codeVerifier: string): void;
  codeVerifier(): string;
  saveDiscoveryState(found: unknown): void;
  discoveryState(): unknown;
}

/** A client's memory, and what a test does to it. */
export interface SdkMemory<Client, Tokens extends { access_token: string }> {
  provider: MemoryProvider<Client, Tokens>;
  /** Logs a person in where the SDK sent them, and returns what the redirect brought. */
  logIn(walk: WalkOptions): Promise<URLSearchParams>;
  /** Makes the access token one that is refused, as an expired one is. */
  spoilAccessToken(): void;
}

/** Makes a client without any state. */
export function makeSdkMemory<Client, Tokens extends { access_token: string }>(
  authMethod = "none",
): SdkMemory<Client, Tokens> {
  const state = crypto.randomUUID();
  let client: Client | undefined;
  let tokens: Tokens | undefined;
  let verifier = "";
  let discovery: unknown;
  let authorizeUrl: URL | undefined;
  return {
    provider: {
      redirectUrl: REDIRECT_URI,
      clientMetadata: {
        client_name: "Official SDK",
        redirect_uris: [REDIRECT_URI],
        token_endpoint_auth_method: authMethod,
      },
      state: () => state,
      clientInformation: () => client,
      saveClientInformation(registered): void {
        client = registered;
      },
      tokens: () => tokens,
      saveTokens(issued): void {
        tokens = issued;
      },
      redirectToAuthorization(url): void {
        authorizeUrl = url;
      },
      saveCodeVerifier(codeVerifier): void {
        verifier = codeVerifier;
      },
      codeVerifier: () => verifier,
      saveDiscoveryState(found): void {
        discovery = found;
      },
      discoveryState: () => discovery,
    },
    async logIn(walk): Promise<URLSearchParams> {
      if (authorizeUrl === undefined) {
        throw new Error("The SDK has not asked for a login");
      }
      const { searchParams } = await walkLogin(authorizeUrl, walk);
      if (searchParams.get("state") !== state) {
        throw new Error("The login came back with another state");
      }
      return searchParams;
    },
    spoilAccessToken(): void {
      tokens = { ...tokens!, access_token: "expired" };
    },
  };
}

/** A fetch that keeps what was asked and answered, such as `GET /oauth-jwks 200`. */
export function recordRequests(
  publicUrl: string,
): { requests: string[]; fetch: (input: string | URL, init?: RequestInit) => Promise<Response> } {
  const requests: string[] = [];
  return {
    requests,
    async fetch(input, init): Promise<Response> {
      const response = await fetch(input, init);
      const path = String(input).replace(publicUrl, "").replace(new URL(publicUrl).origin, "");
      requests.push(`${init?.method ?? "GET"} ${path} ${response.status}`);
      return response;
    },
  };
}
