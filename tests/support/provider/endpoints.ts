/**
 * The endpoints of a programmable provider.
 *
 * @module
 */

import type { ProgrammableProvider, ReceivedRequest } from "./provider.ts";
import type { Authorization, Grants } from "./grants.ts";
import { issueIdToken, type ProviderKeys } from "./id_token.ts";
import type { Program } from "./program.ts";

/** A provider from the inside. */
export type Provider = ProgrammableProvider & { keys: ProviderKeys; grants: Grants; current: Program };

/** Answers a request as a good provider does, but for what is programmed. */
export async function answer(request: ReceivedRequest, provider: Provider): Promise<Response> {
  switch (request.endpoint) {
    case "discovery":
    case "oauth_metadata":
      return provider.shape.openId ? Response.json(describe(provider)) : new Response(null, { status: 404 });
    case "authorize":
      return authorize(request, provider);
    case "token":
      return await grantTokens(request, provider);
    case "userinfo":
      return describePerson(request, provider);
    case "emails":
      return listAddresses(request, provider);
    case "jwks":
      return Response.json(provider.keys.jwks);
    case "revocation":
      provider.grants.revoke(request.parameters.get("token") ?? "");
      return new Response(null, { status: 200 });
    case "trap":
      return new Response(null, { status: 204 });
  }
}

function describe({ issuer, url, shape, current }: Provider): Record<string, unknown> {
  return {
    issuer,
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
  const iss = current.callbackIss === undefined ? (shape.sendsIss ? issuer : null) : current.callbackIss;
  const refusal = shape.refuse(parameters) ??
    (parameters.get("client_id") !== clientId ? "another client" : undefined) ??
    (parameters.get("code_challenge_method") !== "S256" ? "PKCE is missing" : undefined);
  if (refusal) {
    target.searchParams.set("error", "invalid_request");
    target.searchParams.set("error_description", refusal);
  } else {
    const person = current.people[parameters.get("login_hint") ?? ""] ?? current.person;
    target.searchParams.set("code", provider.grants.authorize(person, parameters));
  }
  target.searchParams.set("state", parameters.get("state") ?? "");
  if (iss !== null) {
    target.searchParams.set("iss", iss);
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
  { grants, shape, current, issuer, clientId, keys }: Provider,
): Promise<Response> {
  const expiresIn = current.expiresIn === undefined ? shape.expiresIn : current.expiresIn;
  const content = {
    issuer,
    audience: clientId,
    nonce: authorization.parameters.get("nonce"),
    claims: shape.describePerson(authorization.person),
  };
  const idToken = shape.openId ? await issueIdToken(content, keys, current.forgery) : undefined;
  return Response.json({
    access_token: grants.issueAccessToken(authorization),
    token_type: "bearer",
    scope: authorization.parameters.get("scope") ?? "",
    ...(expiresIn === null ? {} : { expires_in: expiresIn }),
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
  });
}

function describePerson(request: ReceivedRequest, { grants, shape, current }: Provider): Response {
  const person = grants.findPerson(readBearer(request));
  if (!person) {
    return refuse("invalid_token", "the access token is unknown", 401);
  }
  const sub = current.userinfoSub === undefined ? {} : { sub: current.userinfoSub };
  return Response.json({ ...shape.describePerson(person), ...sub });
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
  { clientId, clientSecret }: Provider,
): boolean {
  const basic = `Basic ${btoa(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`)}`;
  // oauth4webapi form-encodes both halves, dashes included.
  const sent = headers.get("Authorization");
  return sent === null
    ? parameters.get("client_id") === clientId && parameters.get("client_secret") === clientSecret
    : decodeBasic(sent) === decodeBasic(basic);
}

function decodeBasic(header: string): string {
  return decodeURIComponent(atob(header.slice("Basic ".length)));
}

function readBearer({ headers }: ReceivedRequest): string {
  return (headers.get("Authorization") ?? "").replace(/^Bearer /i, "");
}

function refuse(error: string, description: string, status = 400): Response {
  return Response.json({ error, error_description: description }, { status });
}
