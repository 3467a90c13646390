/**
 * What the upstream says of a user: its userinfo document, and a list of addresses where it keeps one apart.
 *
 * @module
 */

import * as oauth from "oauth4webapi";
import { describeClient, type FetchDependencies, requestOptions, type Upstream } from "./upstream.ts";
import { explainFailure } from "./failure.ts";

/**
 * Fetches the userinfo document; `undefined` where the upstream has none.
 *
 * With `expectedSubject` its `sub` must be the same (OpenID Connect Core §5.3.2).
 */
export async function fetchUserinfo(
  { config, server }: Upstream,
  accessToken: string,
  expectedSubject: string | undefined,
  dependencies: FetchDependencies,
): Promise<Record<string, unknown> | undefined> {
  if (!server.userinfo_endpoint) {
    return undefined;
  }
  const client = describeClient(config);
  return await explainFailure(async () => {
    if (expectedSubject !== undefined) {
      const response = await oauth.userInfoRequest(server, client, accessToken, requestOptions(dependencies));
      return { ...(await oauth.processUserInfoResponse(server, client, expectedSubject, response)) };
    }
    return (await fetchJson(server.userinfo_endpoint!, accessToken, dependencies)) as Record<string, unknown>;
  });
}

/** Fetches the list of a user's addresses, for an upstream that keeps it apart (GitHub). */
export async function fetchEmails(
  { config }: Upstream,
  accessToken: string,
  dependencies: FetchDependencies,
): Promise<unknown> {
  return await explainFailure(() => fetchJson(config.emails_endpoint!, accessToken, dependencies));
}

async function fetchJson(
  url: string,
  accessToken: string,
  dependencies: FetchDependencies,
): Promise<unknown> {
  const headers = new Headers({ Accept: "application/json", "User-Agent": "gatepost" });
  const response = await oauth.protectedResourceRequest(
    accessToken,
    "GET",
    new URL(url),
    headers,
    undefined,
    requestOptions(dependencies),
  );
  const body: unknown = response.ok ? await response.json().catch(() => undefined) : undefined;
  if (typeof body !== "object" || body === null) {
    throw Object.assign(new Error("The provider's answer is not a JSON object"), { status: response.status });
  }
  return body;
}
