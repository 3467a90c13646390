/**
 * The defences of what people see and do themselves: the page of what they allowed, and pages in general.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const CONNECTIONS = "functions/oauth-connections";
const FUNCTIONS = "supabase/schemas/functions";
const ENDPOINT = ["tests/endpoints/oauth_connections_test.ts"];
const LIST = ["tests/sql/list_own_connections"];
/** Of the person who is logged in, as both statements say it. */
const OWN =
  "\n      where own.organization_id = v_login.organization_id\n        and own.mcp_server_user_id = v_login.mcp_server_user_id\n";
const REVOKE = ["tests/sql/revoke_own_connections"];
const OWN_CLIENT = ["tests/sql/open_connections_client"];

export const PEOPLE_MUTANTS: readonly Mutant[] = [
  {
    defence: "the page takes tokens for itself only",
    file: `${CONNECTIONS}/access.ts`,
    find: "{ issuer, audience: connections }",
    replace:
      '{ issuer, audience: JSON.parse(atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/"))).aud }',
    tests: ENDPOINT,
  },
  {
    defence: "the page takes tokens with its scope only",
    file: `${CONNECTIONS}/access.ts`,
    find: "if (!parseScope(verified.scope).includes(CONNECTIONS_SCOPE)) {",
    replace: "if (parseScope(verified.scope).length > 100) {",
    tests: ENDPOINT,
  },
  {
    defence: "a form of another origin does nothing",
    file: `${CONNECTIONS}/forms.ts`,
    find: "if (!isOwnPage(request, [dependencies.publicUrl])) {",
    replace: "if (!isOwnPage(request, [dependencies.publicUrl, request.headers.get('Origin')!])) {",
    tests: ENDPOINT,
  },
  {
    defence: "an answer that another browser began logs nobody in",
    file: `${CONNECTIONS}/login.ts`,
    find: "const codeVerifier = findBrowserSecret(request, publicUrl, stateHash);",
    replace: 'const codeVerifier = findBrowserSecret(request, publicUrl, stateHash) ?? "v".repeat(43);',
    tests: ENDPOINT,
  },
  {
    defence: "an answer of another issuer logs nobody in",
    file: `${CONNECTIONS}/login.ts`,
    find: 'searchParams.get("iss") !== issuer',
    replace: 'searchParams.get("iss") === ""',
    tests: ENDPOINT,
  },
  {
    defence: "a program is known by its token and never by a cookie",
    file: `${CONNECTIONS}/access.ts`,
    find: "return await checkToken(readBearerToken(request), slug, dependencies);",
    replace:
      "return await findConnectionsLogin(request, slug, dependencies) ?? await checkToken(readBearerToken(request), slug, dependencies);",
    tests: ENDPOINT,
  },
  {
    defence: "an app's name is cleaned before it is shown",
    file: `${CONNECTIONS}/connections.ts`,
    find: "return cleanDisplayText(client_name);",
    replace: "return client_name ?? undefined;",
    tests: ENDPOINT,
  },
  {
    defence: "the page's login is one of its own client",
    file: `${FUNCTIONS}/find_connections_login.sql`,
    find: "    and client.kind = 'gatepost'\n",
    replace: "",
    tests: LIST,
  },
  {
    defence: "a blocked person sees nothing",
    file: `${FUNCTIONS}/find_connections_login.sql`,
    find: "    and holder.blocked_at is null\n",
    replace: "",
    tests: LIST,
  },
  {
    defence: "a login at the page ends with its token",
    file: `${FUNCTIONS}/find_connections_login.sql`,
    find: "    and family.expires_at > now();",
    replace: "    and family.expires_at is not null;",
    tests: LIST,
  },
  {
    defence: "a login at the page of one server is none at another's",
    file: `${FUNCTIONS}/find_connections_login.sql`,
    find: "    and server.slug = p_slug\n",
    replace: "",
    tests: LIST,
  },
  {
    defence: "a person is listed the person's own",
    file: `${FUNCTIONS}/list_own_connections.sql`,
    find: "        and family.mcp_server_user_id = v_login.mcp_server_user_id\n        and family.revoked_at",
    replace: "        and family.revoked_at",
    tests: LIST,
  },
  {
    defence: "a person ends the person's own",
    file: `${FUNCTIONS}/revoke_own_connections.sql`,
    find: `from public.mcp_proxy_tokens as own${OWN}`,
    replace:
      "from public.mcp_proxy_tokens as own\n      where own.organization_id = v_login.organization_id\n",
    tests: REVOKE,
  },
  {
    defence: "one app is ended and not all",
    file: `${FUNCTIONS}/revoke_own_connections.sql`,
    find: `from public.mcp_proxy_tokens as own${OWN}        and (p_connection_id is null or own`,
    replace: `from public.mcp_proxy_tokens as own${OWN}        and (true or own`,
    tests: REVOKE,
  },
  {
    defence: "a code that is under way ends with its app",
    file: `${FUNCTIONS}/revoke_own_connections.sql`,
    find: `from public.mcp_authorization_codes as own${OWN}`,
    replace: `from public.mcp_authorization_codes as own${OWN}        and false\n`,
    tests: REVOKE,
  },
  {
    defence: "the provider keeps a token that another connection lives on",
    file: `${FUNCTIONS}/revoke_own_connections.sql`,
    find: "      and not public.is_lived_on(p_holder_id => holder.id)\n",
    replace: "",
    tests: REVOKE,
  },
  {
    defence: "the provider is told of one token once",
    file: `${FUNCTIONS}/revoke_own_connections.sql`,
    find: "case when holder.refresh_token_ciphertext is null then login.id else holder.id end",
    replace: "login.id",
    tests: REVOKE,
  },
  {
    defence: "tokens go back with the credentials that they were issued to",
    file: `${FUNCTIONS}/revoke_own_connections.sql`,
    find: " and config.client_generation = login.client_generation",
    replace: "",
    tests: REVOKE,
  },
  {
    defence: "a login at the page keeps no token of the provider",
    file: `${FUNCTIONS}/redeem_authorization_code.sql`,
    find: "set ended_at = now(), ended_reason = 'not_needed'",
    replace: "set refusals = refusals",
    tests: OWN_CLIENT,
  },
  {
    defence: "a login at the page lasts a quarter of an hour",
    file: `${FUNCTIONS}/redeem_authorization_code.sql`,
    find: "    v_client.refresh_token_seconds := v_client.access_token_seconds;\n",
    replace: "",
    tests: OWN_CLIENT,
  },
  {
    defence: "a refresh makes a login at the page no longer",
    file: `${FUNCTIONS}/rotate_refresh_token.sql`,
    find: "when client.kind = 'gatepost' then family.expires_at",
    replace: "when false then family.expires_at",
    tests: OWN_CLIENT,
  },
  {
    defence: "the page's tokens are inactive for whoever introspects",
    file: `${FUNCTIONS}/read_token_introspection.sql`,
    find: " and v_client.kind <> 'gatepost'",
    replace: "",
    tests: OWN_CLIENT,
  },
  {
    defence: "no MCP server takes the page's address for its resource",
    file: `${FUNCTIONS}/save_mcp_server.sql`,
    find:
      "if starts_with(lower(v_resource), lower(v_public_url) || '/oauth-connections/')\n    or starts_with",
    replace: "if starts_with",
    tests: ["tests/attacks/A33_foreign_resource_test.ts"],
  },
  {
    defence: "an MCP client gets no token for the page",
    file: "functions/oauth-authorize/proven_client.ts",
    find: 'return client?.kind === "gatepost"',
    replace: "return client?.kind",
    tests: ["tests/endpoints/oauth_authorize_test.ts"],
  },
  {
    defence: "a client that streams gets the challenge and no page",
    file: "functions/_shared/http/accept.ts",
    find: "html > 0 && OF_PROGRAMS.every((type) => (qualities.get(type) ?? 0) < html)",
    replace: "html > 0",
    tests: ["tests/endpoints/mcp_address_page_test.ts"],
  },
  {
    defence: "the page of an address comes with the challenge",
    file: "functions/mcp/address_page.ts",
    find: "...toChallengeHeaders(challenge)",
    replace: "",
    tests: ["tests/endpoints/mcp_address_page_test.ts"],
  },
  {
    defence: "a logo is an image by its first bytes",
    file: "supabase/schemas/tables/organizations.sql",
    find: "check (logo is null or public.image_type(logo) is not null)",
    replace: "check (true)",
    tests: ["tests/sql/save_organization"],
  },
  {
    defence: "a logo is small",
    file: "supabase/schemas/tables/organizations.sql",
    find: "check (octet_length(logo) <= 65536)",
    replace: "check (true)",
    tests: ["tests/sql/save_organization"],
  },
  {
    defence: "a logo is served as an image and as nothing else",
    file: "functions/oauth/logo.ts",
    find: 'media_type: z.enum(["image/png", "image/jpeg", "image/webp"]),',
    replace: "media_type: z.string(),",
    tests: ["tests/endpoints/oauth_test.ts"],
  },
  {
    defence: "a page loads no image but where it has a logo, and that from its own origin",
    file: "functions/_shared/http/page.ts",
    find: 'init.owner?.logoUrl === undefined ? "" : "img-src \'self\'; "',
    replace: '"img-src *; "',
    tests: ["tests/endpoints/oauth_authorize_test.ts", "tests/unit/page_test.ts"],
  },
];
