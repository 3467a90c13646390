/**
 * The defences of the upstream leg: who signed, for whom, for which login, and what may not get in.
 *
 * @module
 */

import type { Mutant } from "./list.ts";

const UPSTREAM = "functions/_shared/upstream";
const FAILURES = "tests/endpoints/oauth_callback_failures_test.ts";
const IDENTITY = "tests/endpoints/oauth_callback_identity_test.ts";
const KEYS = "tests/endpoints/oauth_callback_keys_test.ts";
const LOGIN = "tests/endpoints/oauth_callback_test.ts";
const TENANTS = "tests/endpoints/oauth_callback_tenants_test.ts";

/** Every mutant of the upstream leg, by file. */
export const UPSTREAM_MUTANTS: readonly Mutant[] = [
  {
    defence: "an id_token is its issuer's",
    file: `${UPSTREAM}/id_token.ts`,
    find: "iss !== findIssuerOf(claims, server.issuer) || ",
    replace: "",
    tests: [FAILURES],
  },
  {
    defence: "an id_token is the tenant's that the authorization response named",
    file: `${UPSTREAM}/id_token.ts`,
    find: " || iss !== (expected.responseIssuer ?? iss)",
    replace: "",
    tests: [TENANTS],
  },
  {
    defence: "an id_token is for this client",
    file: `${UPSTREAM}/id_token.ts`,
    find: "  checkAudience(claims, expected.clientId);\n",
    replace: "",
    tests: [FAILURES],
  },
  {
    defence: "an azp that is sent is this client",
    file: `${UPSTREAM}/id_token.ts`,
    find: "&& azp !== clientId",
    replace: "&& false",
    tests: [FAILURES],
  },
  {
    defence: "an id_token has its time",
    file: `${UPSTREAM}/id_token.ts`,
    find: "  checkTimes(claims, dependencies.now() / 1000);\n",
    replace: "",
    tests: [FAILURES],
  },
  {
    defence: "an id_token has a start",
    file: `${UPSTREAM}/id_token.ts`,
    find: "nbf !== undefined && nbf !== null",
    replace: "false",
    tests: [FAILURES],
  },
  {
    defence: "an id_token is of this login",
    file: `${UPSTREAM}/id_token.ts`,
    find: `readClaim(claims, "nonce") !== expected.nonce`,
    replace: "false",
    tests: [FAILURES],
  },
  {
    defence: "people of a tenant that is not listed stay out",
    file: `${UPSTREAM}/id_token.ts`,
    find: "  checkTenant(claims, expected.tenants);\n",
    replace: "",
    tests: [TENANTS],
  },
  {
    defence: "an id_token has a bound",
    file: `${UPSTREAM}/id_token.ts`,
    find: "idToken.length > MAX_CHARACTERS",
    replace: "false",
    tests: [FAILURES],
  },
  {
    defence: "a tenant is one segment of a path",
    file: `${UPSTREAM}/tenant.ts`,
    find: `typeof tenant === "string" && TENANT.test(tenant)`,
    replace: `typeof tenant === "string"`,
    tests: [TENANTS],
  },
  {
    defence: "a template is the issuer's in everything but the tenant",
    file: `${UPSTREAM}/tenant.ts`,
    find: `at < FIRST_PATH_SEGMENT || names.with(at, segment).join("/") !== issuer`,
    replace: "at < FIRST_PATH_SEGMENT",
    tests: ["tests/unit/discovery_test.ts"],
  },
  {
    defence: "a template has no placeholder for a host",
    file: `${UPSTREAM}/tenant.ts`,
    find: `at < FIRST_PATH_SEGMENT || `,
    replace: "at < 0 || ",
    tests: ["tests/unit/discovery_test.ts"],
  },
  {
    defence: "an issuer that names a tenant keeps it",
    file: `${UPSTREAM}/tenant.ts`,
    find: "NO_TENANT.test(segment) ? published : issuer",
    replace: "published",
    tests: ["tests/unit/discovery_test.ts"],
  },
  {
    defence: "a document is its issuer's",
    file: `${UPSTREAM}/discovery.ts`,
    find: "const accepted = acceptIssuer(published, issuer);",
    replace: "const accepted = published;",
    tests: ["tests/unit/discovery_test.ts"],
  },
  {
    defence: "only what is an ordinary URL is shown of another issuer",
    file: `${UPSTREAM}/discovery.ts`,
    find: "issuer: toPublicIssuer(published)",
    replace: "issuer: published",
    tests: ["tests/endpoints/oauth_configs_test.ts"],
  },
  {
    defence: "no algorithm counts that shares a secret or is none",
    file: `${UPSTREAM}/keys.ts`,
    find: `typeof alg !== "string" || !Object.hasOwn(ALGORITHMS, alg)`,
    replace: `typeof alg !== "string"`,
    tests: [IDENTITY, LOGIN],
  },
  {
    defence: "a key that may not verify does not",
    file: `${UPSTREAM}/keys.ts`,
    find: "if (!mayVerify(entry)) {",
    replace: "if (false) {",
    tests: [KEYS],
  },
  {
    defence: "a key is for its algorithm",
    file: `${UPSTREAM}/keys.ts`,
    find: "keyAlg === undefined || keyAlg === alg ||",
    replace: "true ||",
    tests: [KEYS],
  },
  {
    defence: "keys are fetched anew a few times, not more",
    file: `${UPSTREAM}/keys.ts`,
    find: "    known.refetchesLeft -= 1;\n",
    replace: "",
    tests: [KEYS],
  },
  {
    defence: "a key id that is named by one key is no other's",
    file: `${UPSTREAM}/keys.ts`,
    find: ": fitting.filter((key) => key.kid === undefined)",
    replace: ": fitting",
    tests: [KEYS, LOGIN],
  },
  {
    defence: "userinfo speaks of the subject of the id_token",
    file: `${UPSTREAM}/read_identity.ts`,
    find: `String(sub) !== idTokenClaims["sub"]`,
    replace: "false",
    tests: [IDENTITY],
  },
  {
    defence: "a subject that cannot be kept as it is is refused",
    file: `${UPSTREAM}/read_identity.ts`,
    find: "if (!isStorable(subject)) {",
    replace: "if (false) {",
    tests: [IDENTITY],
  },
  {
    defence: "a subject has a bound",
    file: `${UPSTREAM}/read_identity.ts`,
    find: "[...subject].length > MAX_SUBJECT_CHARACTERS",
    replace: "false",
    tests: [IDENTITY],
  },
  {
    defence: "nobody is made of an address that is out of reach",
    file: `${UPSTREAM}/read_identity.ts`,
    find: "fetchEmails(url, accessToken, dependencies), isRefusal",
    replace: "fetchEmails(url, accessToken, dependencies)",
    tests: [IDENTITY],
  },
  {
    defence: "a userinfo document that is a JWT is verified",
    file: `${UPSTREAM}/claims.ts`,
    find: "const claims = await verifyProviderSignature(jwt, server, dependencies);",
    replace: `const claims = JSON.parse(atob(jwt.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")));`,
    tests: [IDENTITY],
  },
  {
    defence: "a signed userinfo document is for this client",
    file: `${UPSTREAM}/claims.ts`,
    find: "    checkAudience(claims, config.client_id);\n",
    replace: "",
    tests: [IDENTITY],
  },
  {
    defence: "a signed userinfo document is its issuer's",
    file: `${UPSTREAM}/claims.ts`,
    find: "iss !== undefined && iss !== server.issuer",
    replace: "false",
    tests: [IDENTITY],
  },
  {
    defence: "no inherited member is a subject",
    file: `${UPSTREAM}/identity.ts`,
    find: `typeof value === "object" && value !== null && Object.hasOwn(value, name)`,
    replace: "value !== undefined && value !== null",
    tests: [IDENTITY],
  },
  {
    defence: "an address that would be cleaned is none",
    file: `${UPSTREAM}/identity.ts`,
    find: "isStorable(value) &&",
    replace: "",
    tests: [IDENTITY],
  },
  {
    defence: "a profile has a bound",
    file: `${UPSTREAM}/profile.ts`,
    find: "if (left < 0) {",
    replace: "if (false) {",
    tests: [IDENTITY],
  },
  {
    defence: "a profile holds what a database holds",
    file: `${UPSTREAM}/profile.ts`,
    find: `return text.replaceAll("\\0", "").toWellFormed();`,
    replace: "return text;",
    tests: [IDENTITY],
  },
  {
    defence: "big numbers are kept digit by digit",
    file: "functions/_shared/http/exact_json.ts",
    find: "isInexact(value, context?.source) ?",
    replace: "false ?",
    tests: [IDENTITY],
  },
  {
    defence: "the provider that answered is the one that was asked",
    file: `${UPSTREAM}/authorization_response.ts`,
    find: "others.length > 0 || !isIssuerOf(iss, config, server)",
    replace: "others.length > 0",
    tests: [LOGIN, TENANTS],
  },
  {
    defence: "a provider that promises iss sends it",
    file: `${UPSTREAM}/authorization_response.ts`,
    find: "if (server.authorization_response_iss_parameter_supported) {",
    replace: "if (false) {",
    tests: [LOGIN],
  },
  {
    defence: "iss stands once",
    file: `${UPSTREAM}/authorization_response.ts`,
    find: "others.length > 0 || ",
    replace: "",
    tests: [FAILURES],
  },
  {
    defence: "an access token that no header can carry is refused",
    file: `${UPSTREAM}/token_answer.ts`,
    find: " || !SENDABLE.test(accessToken)",
    replace: "",
    tests: ["tests/unit/token_answer_test.ts"],
  },
  {
    defence: "an access token has a bound",
    file: `${UPSTREAM}/token_answer.ts`,
    find: "if (accessToken.length > MAX_TOKEN_CHARACTERS) {",
    replace: "if (false) {",
    tests: ["tests/unit/token_answer_test.ts"],
  },
  {
    defence: "the log holds words of fixed lists only",
    file: "functions/_shared/log.ts",
    find: `typeof value === "number" || /^[a-z0-9_]+$/.test(value ?? "")`,
    replace: "true",
    tests: ["tests/unit/log_test.ts"],
  },
];
