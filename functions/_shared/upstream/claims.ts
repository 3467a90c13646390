/**
 * What the upstream says of a user: its userinfo document, and a list of addresses if it has a separate one.
 *
 * @module
 */

import { parseExactJson } from "../http/exact_json.ts";
import { isJsonObject } from "../http/body.ts";
import { explainFailure, ProviderFailure, ProviderRefusal } from "./failure.ts";
import { checkAudience, checkTimes, type Claims } from "./id_token.ts";
import { verifyProviderSignature } from "./keys.ts";
import { readRefusal } from "./refusal_words.ts";
import { isFilledFrom } from "./tenant.ts";
import { type FetchDependencies, findKeys, type Upstream } from "./upstream.ts";
import { findUserinfoRequest, type UserinfoRequest } from "./userinfo_request.ts";

const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/**
 * Fetches the userinfo document; `undefined` where the upstream has none.
 *
 * A signed document is verified with the provider's keys (OpenID Connect Core §5.3.2). Its subject is not compared
 * here.
 */
export async function fetchUserinfo(
  upstream: Upstream,
  accessToken: string,
  dependencies: FetchDependencies,
): Promise<Claims | undefined> {
  const url = upstream.server.userinfo_endpoint;
  if (!url) {
    return undefined;
  }
  return await explainFailure("userinfo", async () => {
    const { status, text } = await fetchText(url, accessToken, dependencies, findUserinfoRequest(url));
    const body = parseExactJson(text) ?? text.trim();
    if (typeof body === "string" && JWT.test(body)) {
      return await verifyUserinfo(body, upstream, dependencies);
    }
    const claims = Array.isArray(body) && body.length === 1 ? body[0] : body;
    if (!isJsonObject(claims)) {
      throw new ProviderFailure({
        status,
        problem: text.trimStart().startsWith("<") ? "html" : "unreadable",
      });
    }
    return claims;
  });
}

/** The claims of a signed userinfo document. Issuer, audience and times may be missing, and must be right if not. */
async function verifyUserinfo(
  jwt: string,
  upstream: Upstream,
  dependencies: FetchDependencies,
): Promise<Claims> {
  const found = await findKeys(upstream, dependencies);
  const { config, server } = found;
  const claims = await verifyProviderSignature(jwt, found, dependencies);
  const { iss, aud, exp } = claims;
  if (iss !== undefined && iss !== server.issuer && !isFilledFrom(server.issuer, String(iss))) {
    throw new ProviderFailure({ member: "iss", problem: "mismatch" });
  }
  if (aud !== undefined) {
    checkAudience(claims, config.client_id);
  }
  if (exp !== undefined) {
    checkTimes(claims, dependencies.now() / 1000);
  }
  return claims;
}

/** Fetches the list of a user's addresses from an upstream that has a separate one (GitHub). */
export async function fetchEmails(
  url: string,
  accessToken: string,
  dependencies: FetchDependencies,
): Promise<unknown> {
  return await explainFailure("emails", async () => {
    const { status, text } = await fetchText(url, accessToken, dependencies);
    const body = parseExactJson(text);
    if (typeof body !== "object" || body === null) {
      throw new ProviderFailure({ status, problem: "unreadable" });
    }
    return body;
  });
}

async function fetchText(
  url: string,
  accessToken: string,
  { safeFetch }: FetchDependencies,
  { headers, ...peculiar }: UserinfoRequest = {},
): Promise<{ status: number; text: string }> {
  const response = await safeFetch(url, {
    ...peculiar,
    headers: {
      ...headers,
      "Accept": "application/json",
      "Authorization": `Bearer ${accessToken}`,
      "User-Agent": "gatepost",
    },
  });
  if (!response.ok) {
    throw new ProviderRefusal(response.status, await readRefusal(response));
  }
  return { status: response.status, text: await response.text() };
}
