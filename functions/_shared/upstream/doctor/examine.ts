/**
 * The doctor: examines a provider before people log in, check by check.
 *
 * Every request goes through `safe_fetch`, no redirect is followed, and no text
 * of the provider is in an answer. What is sent: nothing but discovery, keys,
 * and requests that a login would make, with an invented token and code.
 * Nothing is stored. Whether a secret may be tried at these places is the
 * caller's to say.
 *
 * @module
 */

import type * as oauth from "oauth4webapi";
import { OAuthError } from "../../errors.ts";
import { findIssuer } from "../discovery.ts";
import type { UpstreamFailureDetail } from "../failure_detail.ts";
import { fetchUserinfo } from "../claims.ts";
import { prepareKeys } from "../keys.ts";
import { isTemplate } from "../tenant.ts";
import { type FetchDependencies, type Upstream, withNamedEndpoints } from "../upstream.ts";
import { type Examination, type Observed, observeFetch, readTexts } from "./examination.ts";
import { type Check, find, type FindingName } from "./findings.ts";
import { searchProvider } from "./search_provider.ts";
import { checkSettings } from "./settings.ts";
import { type AuthorizationTrial, tryAuthorization } from "./try_authorization.ts";
import { type ClientTrial, tryClient } from "./try_client.ts";

/** Examines a provider. A check that needs what was not found is not in the result. */
export async function examineProvider(
  examination: Examination,
  { safeFetch, ...others }: FetchDependencies,
): Promise<Check[]> {
  const { config } = examination;
  const { fetch, observed } = observeFetch(safeFetch, others.now);
  const dependencies: FetchDependencies = { ...others, safeFetch: fetch };
  const { checks, server } = await findServer(examination, dependencies);
  if (server === undefined) {
    const [scope] = checkSettings(config, undefined);
    return [...checks, scope!];
  }
  const upstream: Upstream = { config, server };
  const endpoints = checkEndpoints(server, others.allowPrivateUpstreams);
  const settings = checkSettings(config, observed.document, server);
  if (endpoints.state === "failed") {
    return [...checks, endpoints, ...settings];
  }
  const [trials, userinfo, keys] = await Promise.all([
    tryRequests(upstream, examination, dependencies),
    checkUserinfo(upstream, dependencies),
    checkKeys(upstream, observed, dependencies),
  ]);
  return [
    ...checks,
    endpoints,
    userinfo,
    keys,
    ...mergeTrials(settings, trials),
    checkClock(observed),
  ];
}

/** Finds where the provider is. */
async function findServer(
  { config }: Examination,
  dependencies: FetchDependencies,
): Promise<{ checks: Check[]; server?: oauth.AuthorizationServer }> {
  const { issuer, authorization_endpoint: authorization, token_endpoint: token } = config;
  const isNamed = authorization !== null && token !== null;
  if (issuer === null) {
    const checks = [find("document_not_needed"), find("issuer_not_given")];
    return isNamed
      ? { checks, server: withNamedEndpoints({ issuer: new URL(token).origin }, config) }
      : { checks: [find("issuer_no_url")] };
  }
  if (!URL.canParse(issuer)) {
    return { checks: [find("issuer_no_url")] };
  }
  try {
    const published = await findIssuer(issuer, config.organization_id, dependencies);
    const exact = find(isTemplate(published.issuer) ? "issuer_is_a_template" : "issuer_exact");
    return { checks: [find("document_found"), exact], server: withNamedEndpoints(published, config) };
  } catch (error) {
    if (!(error instanceof OAuthError)) {
      throw error;
    }
    const checks = explainDiscovery(error);
    // A login does without the document if the endpoints and the keys are named.
    return isNamed
      ? { checks, server: withNamedEndpoints({ issuer }, config) }
      : { checks: await lookElsewhere(issuer, checks, dependencies) };
  }
}

/** Findings at a host that answers, and has no document of anybody where the issuer leads. */
const WITHOUT_DOCUMENT = new Set<string>([
  "document_not_found",
  "issuer_redirects",
  "issuer_is_a_page",
  "document_malformed",
]);

/** What was found; where that is no document, where on the host a provider is found instead. */
async function lookElsewhere(
  issuer: string,
  checks: Check[],
  { safeFetch }: FetchDependencies,
): Promise<Check[]> {
  if (!checks.every(({ finding }) => WITHOUT_DOCUMENT.has(finding))) {
    return checks;
  }
  const found = await searchProvider(issuer, safeFetch);
  if (found === undefined) {
    return checks;
  }
  const { issuer: named, place } = found;
  return [
    named === issuer ? find("document_misplaced", { place }) : find("document_elsewhere", { issuer: named }),
  ];
}

/** What the doctor says where no answer came. */
const UNANSWERED: ReadonlyMap<string, FindingName> = new Map([
  ["upstream_address_refused", "address_refused"],
  ["upstream_unresolved", "host_unknown"],
  ["upstream_certificate_refused", "certificate_refused"],
]);

function explainDiscovery({ reason, detail }: OAuthError): Check[] {
  const { problem, status, issuer } = (detail ?? {}) as Partial<UpstreamFailureDetail>;
  const unanswered = UNANSWERED.get(reason);
  if (unanswered !== undefined) {
    return [find(unanswered)];
  }
  switch (problem) {
    case "mismatch":
      return [
        find("document_found"),
        issuer ? find("issuer_misspelt", { issuer }) : find("issuer_of_another"),
      ];
    case "redirect":
      return [find("issuer_redirects")];
    case "html":
      return [find("issuer_is_a_page")];
    case "unreadable":
    case "missing":
    case "malformed":
    case "too_large":
      return [find("document_malformed")];
    case "refused": {
      const finding = (status ?? 500) < 500 && status !== 429 ? "document_not_found" : "provider_failing";
      return [find(finding, { status: status ?? 500 })];
    }
    default:
      return [find("provider_unreachable")];
  }
}

function checkEndpoints(server: oauth.AuthorizationServer, allowPrivateUpstreams: boolean): Check {
  for (const member of ["authorization_endpoint", "token_endpoint"] as const) {
    const url = server[member];
    if (!url) {
      return find("endpoint_missing", { member });
    }
    const schemes = allowPrivateUpstreams ? ["https:", "http:"] : ["https:"];
    if (!URL.canParse(url) || !schemes.includes(new URL(url).protocol)) {
      return find("endpoint_unusable", { member });
    }
  }
  return find("endpoints_known");
}

async function checkUserinfo(upstream: Upstream, dependencies: FetchDependencies): Promise<Check> {
  const { config: { identity_source: source }, server } = upstream;
  if (source === "none") {
    return find("userinfo_not_needed");
  }
  if (!server.userinfo_endpoint) {
    return find(source === "userinfo" ? "userinfo_missing" : "userinfo_not_published");
  }
  try {
    await fetchUserinfo(upstream, `invented-${crypto.randomUUID()}`, dependencies);
    return find("userinfo_odd", { status: 200 });
  } catch (error) {
    const { status = null, problem } = ((error as OAuthError).detail ?? {}) as Partial<UpstreamFailureDetail>;
    if (status === null || problem !== "refused" || status >= 500 || status === 429) {
      return problem === "html" ? find("userinfo_odd", { status: 200 }) : find("userinfo_unreachable");
    }
    return status === 404 || status === 405 ? find("userinfo_not_found", { status }) : find("userinfo_there");
  }
}

/** Algorithms that prove who signed to somebody who does not share a secret. */
const ASYMMETRIC = /^(RS|PS|ES)\d{3}$|^EdDSA$|^Ed25519$/;

async function checkKeys(
  upstream: Upstream,
  { document }: Observed,
  dependencies: FetchDependencies,
): Promise<Check> {
  if (upstream.config.identity_source !== "openid") {
    return find("keys_not_needed");
  }
  const algorithms = readTexts(document, "id_token_signing_alg_values_supported");
  if (algorithms !== undefined && !algorithms.some((algorithm) => ASYMMETRIC.test(algorithm))) {
    return find("algorithms_unusable");
  }
  if (!upstream.server.jwks_uri) {
    return find("keys_missing");
  }
  try {
    await prepareKeys(upstream, dependencies);
    return find("keys_usable");
  } catch (error) {
    const { member } = ((error as OAuthError).detail ?? {}) as Partial<UpstreamFailureDetail>;
    return find(member === "keys" ? "keys_unusable" : "keys_unreachable");
  }
}

interface Trials {
  authorization: Check;
  client: Check;
  /** A check of the settings that the provider itself answered. */
  told: Check | undefined;
}

async function tryRequests(
  upstream: Upstream,
  examination: Examination,
  dependencies: FetchDependencies,
): Promise<Trials> {
  const { clientSecret, redirectUri } = examination;
  const { client_id: clientId, token_endpoint_auth_method: method } = upstream.config;
  if (clientId === "") {
    return { authorization: find("redirect_uri_untried"), client: find("client_untried"), told: undefined };
  }
  const authorization = await tryAuthorization(upstream, redirectUri, dependencies);
  const client = method === "none" || clientSecret !== undefined
    ? await tryClient(upstream, examination, dependencies)
    : undefined;
  const told = authorization.kind === "accepted" && authorization.code === "invalid_scope"
    ? find("scopes_refused")
    : authorization.kind === "pkce_refused"
    ? find("pkce_refused")
    : client?.kind === "wrong_method"
    ? find("auth_method_wrong", { method, other: client.other })
    : undefined;
  return {
    authorization: describeAuthorization(authorization, client, redirectUri),
    client: describeTrial(client, authorization),
    told,
  };
}

function describeAuthorization(
  trial: AuthorizationTrial,
  client: ClientTrial | undefined,
  redirectUri: string,
): Check {
  const values = { redirect_uri: redirectUri };
  switch (trial.kind) {
    case "accepted":
      return trial.code === null || trial.code === "invalid_scope"
        ? find("redirect_uri_accepted", values)
        : find("authorization_refused", { ...values, code: trial.code });
    case "pkce_refused":
      return find("redirect_uri_accepted", values);
    case "went_on":
      return find(trial.proven ? "redirect_uri_accepted" : "redirect_uri_not_told", values);
    case "client_unknown":
      return find("redirect_uri_not_told", values);
    case "redirect_uri_refused":
      return find("redirect_uri_refused", values);
    case "not_found":
      return find("authorization_not_found");
    case "unreachable":
      return find("authorization_unreachable");
    case "unclear":
      // Only two things are open, and the token endpoint knows the client.
      return find(
        client !== undefined && ACCEPTS_CLIENT.has(client.kind)
          ? "redirect_uri_refused"
          : "redirect_uri_unclear",
        {
          ...values,
          status: trial.status,
        },
      );
  }
}

function describeTrial(trial: ClientTrial | undefined, authorization: AuthorizationTrial): Check {
  if (authorization.kind === "client_unknown" && !(trial && ACCEPTS_CLIENT.has(trial.kind))) {
    return find("client_id_unknown");
  }
  switch (trial?.kind) {
    case undefined:
      return find("client_untried");
    case "accepted":
    case "wrong_method":
      return find("client_accepted");
    case "refused":
      return find(KNOWS_CLIENT.has(authorization.kind) ? "client_secret_refused" : "client_refused");
    case "not_told":
      return find("client_not_told");
    case "known":
      return find("client_known", { code: trial.code });
    case "not_allowed":
      return find("client_not_allowed", { code: trial.code });
    case "unclear":
      return find("token_request_refused", { code: trial.code });
    case "not_found":
      return find("token_endpoint_not_found", { status: trial.status });
    case "unreachable":
      return find("token_endpoint_unreachable");
    case "any_code":
      return find("any_code_accepted");
  }
}

/** A token endpoint that answers so has found the client. */
const ACCEPTS_CLIENT = new Set<ClientTrial["kind"]>(["accepted", "known", "wrong_method"]);

/** An authorization endpoint that answers so has found the client. */
const KNOWS_CLIENT = new Set<AuthorizationTrial["kind"]>([
  "accepted",
  "pkce_refused",
  "redirect_uri_refused",
]);

/** What the provider said itself stands in place of what was concluded. */
function mergeTrials(settings: Check[], { authorization, client, told }: Trials): Check[] {
  return [...settings.map((check) => check.id === told?.id ? told : check), authorization, client];
}

/** More than the header's resolution and the way take. */
const MAX_SKEW_SECONDS = 10;

function checkClock({ clockSkew }: Observed): Check {
  if (clockSkew === undefined) {
    return find("clock_unknown");
  }
  return Math.abs(clockSkew) <= MAX_SKEW_SECONDS
    ? find("clock_right")
    : find("clock_off", { seconds: Math.abs(clockSkew) });
}
