/**
 * What two providers want of the request that asks who logged in, beside the access token.
 *
 * OpenID Connect Core §5.3.1 and most providers want nothing more. The two are
 * recognized by the path of the endpoint, so that a proxy may stand before them.
 *
 * @module
 */

/** The part of a request that is peculiar. */
export interface UserinfoRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

const PECULIAR: readonly (readonly [path: string, request: UserinfoRequest])[] = [
  // Linear has no other way than GraphQL (https://linear.app/developers/graphql).
  ["/graphql", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ query: "{ viewer { id name email } }" }),
  }],
  // Notion refuses a request without a version (https://developers.notion.com/reference/versioning).
  ["/v1/users/me", { headers: { "Notion-Version": "2022-06-28" } }],
];

/** The peculiar part of the request to a userinfo endpoint; nothing for most. */
export function findUserinfoRequest(url: string): UserinfoRequest {
  const { pathname } = new URL(url);
  return PECULIAR.find(([path]) => pathname.endsWith(path))?.[1] ?? {};
}
