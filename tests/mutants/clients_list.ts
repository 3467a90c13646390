/**
 * The defences of clients: what they prove, what is fetched from them, where they are redirected to.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const CLIENT = "functions/_shared/client";
const FUNCTIONS = "supabase/schemas/functions";
const ASSERTION = "tests/unit/assertion_test.ts";
const ENDPOINTS = "tests/endpoints/client_assertion_test.ts";
const AUTHORIZE = "tests/endpoints/oauth_authorize_test.ts";
const COPIES = "tests/unit/published_copies_test.ts";
const DOCUMENT = "tests/unit/metadata_document_test.ts";
const KEYS = "tests/unit/client_keys_test.ts";
const METADATA = "tests/unit/client_metadata_test.ts";
const REDIRECTS = "tests/unit/redirect_uri_test.ts";
const ONCE = "tests/sql/use_client_assertion";

/** Every mutant of clients, by file. */
export const CLIENT_MUTANTS: readonly Mutant[] = [
  {
    defence: "an assertion is about the client that issued it",
    file: `${CLIENT}/assertion.ts`,
    find: "claims.iss !== claims.sub || ",
    replace: "",
    tests: [ASSERTION],
  },
  {
    defence: "an assertion is addressed to us and to nobody else",
    file: `${CLIENT}/assertion.ts`,
    find: "!addressed.every((audience) => audiences.includes(String(audience)))",
    replace: "!addressed.some((audience) => audiences.includes(String(audience)))",
    tests: [ASSERTION],
  },
  {
    defence: "an assertion that has expired is refused",
    file: `${CLIENT}/assertion.ts`,
    find: "if (!isTime(exp) || exp <= earliest) {",
    replace: "if (!isTime(exp)) {",
    tests: [ASSERTION],
  },
  {
    defence: "an assertion lives for an hour at most",
    file: `${CLIENT}/assertion.ts`,
    find: "if (exp > latest + MAX_LIFETIME_SECONDS) {",
    replace: "if (false) {",
    tests: [ASSERTION],
  },
  {
    defence: "an assertion of long ago is refused however soon it ends",
    file: `${CLIENT}/assertion.ts`,
    find: "if (iat !== undefined && iat < earliest - MAX_LIFETIME_SECONDS) {",
    replace: "if (false) {",
    tests: [ASSERTION],
  },
  {
    defence: "an assertion has an id",
    file: `${CLIENT}/assertion.ts`,
    find: 'typeof claims.jti !== "string" || claims.jti === "" || claims.jti.length > MAX_ID_LENGTH',
    replace: "false",
    tests: [ASSERTION],
  },
  {
    defence: "another kind of JWT is no assertion",
    file: `${CLIENT}/assertion.ts`,
    find: "if (!TYPES.includes(type)) {",
    replace: "if (false) {",
    tests: [ASSERTION],
  },
  {
    defence: "an assertion is signed in an algorithm that its client names",
    file: `${CLIENT}/assertion.ts`,
    find: "if (!algorithms.includes(algorithm)) {",
    replace: "if (false) {",
    tests: [ASSERTION, ENDPOINTS],
  },
  {
    defence: "an assertion's signature is checked",
    file: `${CLIENT}/assertion.ts`,
    find:
      "    await compactVerify(token, await importJWK(key as JWK, algorithm), { algorithms: [algorithm] });\n",
    replace: "    await importJWK(key as JWK, algorithm);\n",
    tests: [ASSERTION, ENDPOINTS],
  },
  {
    defence: "no assertion makes one key after the other be tried without end",
    file: `${CLIENT}/assertion.ts`,
    find: "fitting.slice(0, MAX_TRIED_KEYS)",
    replace: "fitting",
    tests: [ASSERTION],
  },
  {
    defence: "an assertion is of the client that the request names",
    file: `${CLIENT}/authenticate.ts`,
    find: "if (sent.clientId !== undefined && sent.clientId !== clientId) {",
    replace: "if (false) {",
    tests: [ENDPOINTS],
  },
  {
    defence: "SQL learns of the assertion that authenticated a client",
    file: `${CLIENT}/authenticate.ts`,
    find: "...(assertion && { p_assertion_hash",
    replace: "...(false && { p_assertion_hash",
    tests: [ENDPOINTS],
  },
  {
    defence: "an assertion and a secret are not both sent",
    file: `${CLIENT}/credentials.ts`,
    find: 'if (authorization !== null || form.has("client_secret")) {',
    replace: "if (false) {",
    tests: ["tests/unit/client_credentials_test.ts"],
  },
  {
    defence: "the type of an assertion is the one there is",
    file: `${CLIENT}/credentials.ts`,
    find: ' || form.get("client_assertion_type") !== ASSERTION_TYPE',
    replace: "",
    tests: ["tests/unit/client_credentials_test.ts"],
  },
  {
    defence: "a key with its private half proves nothing",
    file: `${CLIENT}/key_set.ts`,
    find: " || PRIVATE_MEMBERS.some((name) => Object.hasOwn(value, name))",
    replace: "",
    tests: [METADATA],
  },
  {
    defence: "keys are not registered at an address that is not public",
    file: `${CLIENT}/published_url.ts`,
    find: "(allowPrivate || namesPublicHost(value))",
    replace: "true",
    tests: [METADATA],
  },
  {
    defence: "a client that offers nothing but keys has some",
    file: `${CLIENT}/auth_method.ts`,
    find: 'return hasKeys && offered.includes("private_key_jwt")',
    replace: 'return offered.includes("private_key_jwt")',
    tests: [METADATA, DOCUMENT],
  },
  {
    defence: "keys that were stored are not those of now",
    file: `${CLIENT}/keys.ts`,
    find: "if (anew && stored.jwks_uri === undefined) {",
    replace: "if (false) {",
    tests: [KEYS],
  },
  {
    defence: "a document that was withdrawn gives no keys",
    file: `${CLIENT}/keys.ts`,
    find: "if (!isTrouble(thrown) && !isMissing) {",
    replace: "if (false) {",
    tests: [KEYS],
  },
  {
    defence: "a document names its own URL",
    file: `${CLIENT}/metadata_document.ts`,
    find: 'if (document["client_id"] !== clientId) {',
    replace: "if (false) {",
    tests: [DOCUMENT],
  },
  {
    defence: "one fetch at a time for one URL",
    file: `${CLIENT}/published_copies.ts`,
    find: "const flight = flights.get(url) ?? fetchAnew(url)",
    replace: "const flight = fetchAnew(url)",
    tests: [COPIES],
  },
  {
    defence: "a failure is remembered",
    file: `${CLIENT}/published_copies.ts`,
    find: "    if (failure) {\n",
    replace: "    if (false) {\n",
    tests: [COPIES],
  },
  {
    defence: "a URL has a budget",
    file: `${CLIENT}/published_copies.ts`,
    find: "return takeForUrl(url, hostname) && ",
    replace: "return ",
    tests: [COPIES],
  },
  {
    defence: "a host has a budget",
    file: `${CLIENT}/published_copies.ts`,
    find: "(copies.find(url) !== undefined || takeForHost(host, hostname))",
    replace: "true",
    tests: [COPIES],
  },
  {
    defence: "what is refused for good ends the last copy",
    file: `${CLIENT}/published_copies.ts`,
    find: "          copies.delete(url);\n",
    replace: "",
    tests: [COPIES],
  },
  {
    defence: "what a document answers while it is in trouble is not its end",
    file: `${CLIENT}/fetch_published.ts`,
    find: 'return response.ok ? { outcome: "missing" } : { outcome: "unreachable" };',
    replace: 'return { outcome: "missing" };',
    tests: [DOCUMENT],
  },
  {
    defence: "a scheme of an operating system is no redirect URI",
    file: `${CLIENT}/redirect_uri.ts`,
    find: "REFUSED_SCHEMES.has(scheme) || REFUSED_SCHEME_STARTS.some((start) => scheme.startsWith(start))",
    replace: "false",
    tests: [REDIRECTS],
  },
  {
    defence: "a private-use scheme has a dot or two slashes",
    file: `${CLIENT}/redirect_uri.ts`,
    find: 'if (!scheme.includes(".") && !uri.startsWith(`${scheme}://`)) {',
    replace: "if (false) {",
    tests: [REDIRECTS],
  },
  {
    defence: "a name is cleaned of what nobody sees",
    file: `${CLIENT}/display_text.ts`,
    find: '    .replace(INVISIBLE, "")\n',
    replace: "",
    tests: ["tests/unit/display_text_test.ts"],
  },
  {
    defence: "a client that nobody has logged in with is not redirected to",
    file: "functions/oauth-authorize/handler.ts",
    find: "if (client.isApproved) {",
    replace: "if (true) {",
    tests: [AUTHORIZE],
  },
  {
    defence: "a client of private_key_jwt does not redeem without an assertion",
    file: `${FUNCTIONS}/authenticate_mcp_client.sql`,
    find: "when v_client.token_endpoint_auth_method = 'private_key_jwt' then 'assertion_required'",
    replace: "when false then 'assertion_required'",
    tests: [ONCE],
  },
  {
    defence: "a client of private_key_jwt does not refresh without an assertion",
    file: `${FUNCTIONS}/rotate_refresh_token.sql`,
    find: "and (client.token_endpoint_auth_method <> 'private_key_jwt' or p_assertion_hash is not null)",
    replace: "",
    tests: [ONCE],
  },
  {
    defence: "an assertion is good once",
    file: `${FUNCTIONS}/use_client_assertion.sql`,
    find:
      "  if exists (\n    select from public.mcp_client_assertions as held\n    where held.mcp_client_registration_id = p_client.id and held.assertion_hash = p_assertion_hash\n  ) then\n    return 'assertion_replayed';\n  end if;\n\n  select",
    replace:
      "  delete from public.mcp_client_assertions as held where held.assertion_hash = p_assertion_hash;\n\n  select",
    tests: [ONCE],
  },
  {
    defence: "an unused client holds so many assertions and no more",
    file: `${FUNCTIONS}/use_client_assertion.sql`,
    find: "offset v_bound.of_source - 1",
    replace: "offset 1000000",
    tests: [ONCE],
  },
  {
    defence: "a used client holds so many assertions and no more",
    file: `${FUNCTIONS}/use_client_assertion.sql`,
    find: "then floor(random() * v_bound.of_source)::integer end",
    replace: "then floor(random() * 2000000000)::integer end",
    tests: [ONCE],
  },
  {
    defence: "a client introspects its own tokens only",
    file: `${FUNCTIONS}/introspect_own_token.sql`,
    find: "p_mcp_client_registration_id => v_client.mcp_client_registration_id,",
    replace: "p_mcp_client_registration_id => null,",
    tests: ["tests/sql/introspect_own_token"],
  },
  {
    defence: "members make no clients",
    file: `${FUNCTIONS}/create_mcp_client.sql`,
    find: "when v_role = 'member' then 'forbidden'",
    replace: "when false then 'forbidden'",
    tests: ["tests/sql/create_mcp_client"],
  },
  {
    defence: "members delete no clients",
    file: `${FUNCTIONS}/delete_mcp_client.sql`,
    find: "if v_role = 'member' then",
    replace: "if false then",
    tests: ["tests/sql/delete_mcp_client"],
  },
];
