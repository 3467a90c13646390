/**
 * The authorization request that sends a browser to the provider.
 *
 * @module
 */

import type * as oauth from "oauth4webapi";
import { refused } from "./failure.ts";
import { choosePrompt } from "./prompt.ts";
import type { FetchDependencies, Upstream } from "./upstream.ts";

/** Parameters of the authorization request that a config cannot set. */
const RESERVED_PARAMETERS = new Set([
  "response_type",
  "client_id",
  "redirect_uri",
  "scope",
  "state",
  "nonce",
  "code_challenge",
  "code_challenge_method",
]);

/** The values of one login in the authorization request. */
export interface UpstreamRequest {
  callbackUrl: string;
  state: string;
  nonce: string;
  codeChallenge: string;
  /** Passed on from the client: `prompt`, `login_hint`, `max_age`. */
  hints: Record<string, string>;
}

/** Builds the authorization request (RFC 6749 §4.1.1 with PKCE S256). `resource` is never sent, because some providers refuse it. */
export function buildAuthorizationRequest(
  { config, server }: Upstream,
  request: UpstreamRequest,
  dependencies: Pick<FetchDependencies, "allowPrivateUpstreams">,
): string {
  const url = readAuthorizationEndpoint(server, dependencies);
  const parameters = { ...request.hints, ...config.authorization_parameters };
  for (const [name, value] of Object.entries(parameters)) {
    if (name !== "prompt" && !RESERVED_PARAMETERS.has(name)) {
      url.searchParams.set(name, value);
    }
  }
  const prompt = choosePrompt(
    request.hints["prompt"],
    config.authorization_parameters["prompt"],
    server.prompt_values_supported as unknown[] | undefined,
  );
  if (prompt !== undefined) {
    url.searchParams.set("prompt", prompt);
  }
  url.searchParams.set("response_type", "code");
  url.searchParams.set("client_id", config.client_id);
  url.searchParams.set("redirect_uri", request.callbackUrl);
  url.searchParams.set("state", request.state);
  url.searchParams.set("code_challenge", request.codeChallenge);
  url.searchParams.set("code_challenge_method", "S256");
  if (config.scopes.length > 0) {
    url.searchParams.set("scope", config.scopes.join(" "));
  }
  if (config.identity_source === "openid") {
    url.searchParams.set("nonce", request.nonce);
  }
  return url.href;
}

/** The URL that the browser is sent to. The provider publishes it, so its scheme is checked: it could be `javascript:`. */
function readAuthorizationEndpoint(
  { authorization_endpoint }: oauth.AuthorizationServer,
  { allowPrivateUpstreams }: Pick<FetchDependencies, "allowPrivateUpstreams">,
): URL {
  if (!authorization_endpoint) {
    throw refused("upstream_metadata_incomplete", undefined, { ...ENDPOINT, problem: "missing" });
  }
  const schemes = allowPrivateUpstreams ? ["https:", "http:"] : ["https:"];
  const url = URL.canParse(authorization_endpoint) ? new URL(authorization_endpoint) : undefined;
  if (!url || !schemes.includes(url.protocol)) {
    throw refused("upstream_untrusted", undefined, { ...ENDPOINT, problem: "malformed" });
  }
  return url;
}

const ENDPOINT = {
  step: "discovery",
  status: null,
  error_code: null,
  member: "authorization_endpoint",
} as const;
