/**
 * The endpoints of a programmable provider.
 *
 * @module
 */

import type { ProgrammableProvider, ReceivedRequest } from "./provider.ts";
import type { Authorization, Grants } from "./grants.ts";
import { issueIdToken, type ProviderKeys, signClaims } from "./id_token.ts";
import type { Endpoint, Program } from "./program.ts";

/** A provider from the inside. */
export interface Provider extends ProgrammableProvider {
  keys: ProviderKeys;
  grants: Grants;
  current: Program;
  /** Answers a request, with or without a socket. */
  handle: (request: Request) => Promise<Response>;
}

/** Answers a request as a good provider does, but for what is programmed. */
export async function answer(
  endpoint: Endpoint,
  request: ReceivedRequest,
  provider: Provider,
): Promise<Response> {
  switch (endpoint) {
    case "discovery":
    case "oauth_metadata":
      return provider.shape.openId ? Response.json(describe(provider)) : new Response(null, { status: 404 });
    case "authorize":
      return authorize(request, provider);
    case "token":
      return await grantTokens(request, provider);
    case "userinfo":
      return await describePerson(request, provider);
    case "emails":
      return listAddresses(request, provider);
    case "jwks":
      return Response.json(provider.current.publishKeys?.(provider.keys.jwks.keys) ?? provider.keys.jwks);
    case "revocation":
      provider.grants.revoke(request.parameters.get("token") ?? "");
      return new Response(null, { status: 200 });
    case "trap":
      return new Response(null, { status: 204 });
  }
}

/** Where tenants share a document it names a template, in the place of the issuer's own segment. */
function describe({ issuer, url, shape, current }: Provider): Record<string, unknown> {
  return {
    issuer: shape.tenant ? issuer.replace("/common/", "/{tenantid}/") : issuer,
    authorization_endpoint: url("authorize"),
    token_endpoint: url("token"),
    userinfo_endpoint: url("userinfo"),
    jwks_uri: url("jwks"),
    revocation_endpoint: url("revocation"),
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["ES256"],
    code_challenge_methods_supported: ["S256"],
    ...(shape.sendsIss ? { authorization_response_iss_parameter_supported: true } : {}),
    ...current.metadata,
  };
}

/** Nobody is asked anything: whoever is programmed is logged in. */
function authorize({ parameters }: ReceivedRequest, provider: Provider): Response {
  const { shape, current, clientId, issuer } = provider;
  const target = new URL(parameters.get("redirect_uri") ?? "");
  const refusal = shape.refuse(parameters) ??
    (parameters.get("client_id") !== clientId ? "another client" : undefined) ??
    (parameters.get("code_challenge_method") !== "S256" ? "PKCE is missing" : undefined);
  const person = current.people[parameters.get("login_hint") ?? ""] ?? current.person;
  const response: Program["callback"] = {
    ...(refusal
      ? { error: "invalid_request", error_description: refusal }
      : { code: provider.grants.authorize(person, parameters) }),
    state: parameters.get("state") ?? "",
    iss: shape.sendsIss ? issuer : null,
    ...current.callback,
  };
  for (const [name, value] of Object.entries(response)) {
    if (value !== null) {
      target.searchParams.set(name, value);
    }
  }
  return new Response(null, { status: 302, headers: { Location: target.href } });
}

async function grantTokens(request: ReceivedRequest, provider: Provider): Promise<Response> {
  const { parameters } = request;
  const refusal = provider.shape.refuse(parameters);
  if (refusal) {
    return refuse("invalid_request", refusal);
  }
  if (!isOurClient(request, provider)) {
    return refuse("invalid_client", "the client's credentials are wrong", 401);
  }
  if (parameters.get("grant_type") === "refresh_token") {
    const refreshed = provider.grants.refresh(
      parameters.get("refresh_token") ?? "",
      provider.current.refresh,
    );
    return refreshed
      ? await issueTokens(refreshed.authorization, refreshed.next, provider)
      : refuse("invalid_grant", "the refresh token is spent or revoked");
  }
  const authorization = await provider.grants.redeem(parameters);
  if (typeof authorization === "string") {
    return refuse("invalid_grant", authorization);
  }
  const refreshToken = provider.shape.grantsRefreshToken(authorization.parameters)
    ? provider.grants.issueRefreshToken(authorization)
    : undefined;
  return await issueTokens(authorization, refreshToken, provider);
}

async function issueTokens(
  authorization: Authorization,
  refreshToken: string | undefined,
  { grants, shape, current, issuer, clientId, keys, issued }: Provider,
): Promise<Response> {
  const expiresIn = current.expiresIn === undefined ? shape.expiresIn : current.expiresIn;
  const content = {
    issuer: shape.tenant ? issuer.replace("/common/", `/${shape.tenant}/`) : issuer,
    audience: clientId,
    nonce: authorization.parameters.get("nonce"),
    claims: shape.describePerson(authorization.person),
    changes: {
      claims: current.idTokenClaims,
      header: current.idTokenHeader,
      key: current.idTokenKey,
    },
    now: Math.floor(current.now() / 1000),
  };
  const idToken = shape.openId ? await issueIdToken(content, keys, current.forgery) : undefined;
  const members = {
    access_token: grants.issueAccessToken(authorization),
    token_type: "bearer",
    scope: authorization.parameters.get("scope") ?? "",
    ...(expiresIn === null ? {} : { expires_in: expiresIn }),
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
    ...current.tokens,
  };
  issued.push(members);
  return await current.answerTokens?.(members) ?? Response.json(members);
}

async function describePerson(
  request: ReceivedRequest,
  { grants, shape, current, keys }: Provider,
): Promise<Response> {
  const person = grants.findPerson(readBearer(request));
  if (!person) {
    return refuse("invalid_token", "the access token is unknown", 401);
  }
  const claims = { ...shape.describePerson(person), ...current.userinfo };
  return await current.answerUserinfo?.(claims, (signed) => signClaims(signed, keys)) ??
    Response.json(claims);
}

function listAddresses(request: ReceivedRequest, { grants }: Provider): Response {
  const person = grants.findPerson(readBearer(request));
  if (!person) {
    return refuse("invalid_token", "the access token is unknown", 401);
  }
  return Response.json([
    { email: "second@example.com", primary: false, verified: true },
    { email: person.email, primary: true, verified: person.email_verified },
  ]);
}

function isOurClient(
  { parameters, headers }: ReceivedRequest,
  { shape, clientId, clientSecret }: Provider,
): boolean {
  const basic = headers.get("Authorization");
  const [id, secret] = basic === null
    ? [parameters.get("client_id"), parameters.get("client_secret")]
    : readBasic(basic, shape.decodesBasic);
  return id === clientId && (secret ?? "") === clientSecret;
}

/** Id and secret as the provider reads them: decoded (RFC 6749 §2.3.1), or as they came. */
function readBasic(header: string, decodes: boolean): string[] {
  const text = atob(header.slice("Basic ".length));
  const colon = text.indexOf(":");
  const halves = [text.slice(0, colon), text.slice(colon + 1)];
  return decodes ? halves.map((half) => decodeURIComponent(half.replaceAll("+", " "))) : halves;
}

function readBearer({ headers }: ReceivedRequest): string {
  return (headers.get("Authorization") ?? "").replace(/^Bearer /i, "");
}

function refuse(error: string, description: string, status = 400): Response {
  return Response.json({ error, error_description: description }, { status });
}
