/**
 * A login that comes back from a provider to `oauth-callback`, over the fake database and a provider of the test's own.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { authorizationRequestOf, sealSecret } from "../../../functions/_shared/secrets/encryption.ts";
import { hashSecret } from "../../../functions/_shared/secrets/secrets.ts";
import type { claimAuthorizationSession } from "../../../functions/_shared/client/authorization_session.ts";
import { buildCallbackEndpoint } from "../../../functions/oauth-callback/handler.ts";
import type { completeAuthorization } from "../../../functions/oauth-callback/login.ts";
import { assertRedirect } from "../client/answers.ts";
import { change, type Changes, CODE_VERIFIER } from "../client/requests.ts";
import type { Answers } from "../database/fake_database.ts";
import { buildServer, ISSUER } from "../database/records.ts";
import { buildUpstream, type Upstream, UPSTREAM_NONCE, type UpstreamChanges } from "../provider/upstream.ts";
import { reasons } from "../stack/log_lines.ts";
import { buildDependencies, encryptionKeys, type TestDependencies } from "./dependencies.ts";

export const CALLBACK = "https://app.example.com/callback";
export const STATE = "state-of-this-login";
export const BROWSER_SECRET = "secret-of-this-browser";
export const STATE_HASH = hashSecret(STATE);
export const COOKIE_NAME = `__Host-gatepost-${STATE_HASH.slice(0, 16)}`;
export const RELEASED = `${COOKIE_NAME}=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0`;

/** GET /oauth-callback as the provider sends the browser there. */
export function callbackRequest(changes: Changes = {}, headers: Record<string, string> = {}): Request {
  const search = change({ code: "upstream-code", state: STATE }, changes);
  return new Request(`http://edge/oauth-callback/org_1?${search}`, {
    headers: { Cookie: `other=1; ${COOKIE_NAME}=${BROWSER_SECRET}`, ...headers },
  });
}

export type Claim = Extract<
  Awaited<ReturnType<typeof claimAuthorizationSession>>,
  { outcome: "claimed" }
>;

export async function claimOf({ config }: Upstream): Promise<Claim> {
  return {
    outcome: "claimed",
    session_id: "session-1",
    request_ciphertext: await sealSecret(
      JSON.stringify({
        clientState: "client-state",
        trackingId: "track-1",
        nonce: UPSTREAM_NONCE,
        codeVerifier: CODE_VERIFIER,
      }),
      authorizationRequestOf("org_1", STATE_HASH),
      encryptionKeys,
    ),
    redirect_uri: CALLBACK,
    client_id: "client-1",
    server: buildServer(),
    config,
  };
}

export interface Login {
  dependencies: TestDependencies;
  upstream: Upstream;
}

/** A login that the browser brings back, at a provider with one change. */
export async function loginAt(changes: UpstreamChanges = {}, answers: Answers = {}): Promise<Login> {
  const upstream = buildUpstream(changes);
  const dependencies = buildDependencies({
    claim_authorization_session: await claimOf(upstream),
    complete_authorization: { outcome: "completed" },
    ...answers,
  }, { safeFetch: upstream.safeFetch });
  return { dependencies, upstream };
}

export type Completion = Parameters<typeof completeAuthorization>[1];

/** What the login was completed with. */
export function completionOf({ database }: TestDependencies): Completion {
  const call = database.calls.find(({ name }) => name === "complete_authorization");
  return call!.args as Completion;
}

/** A login that fails, and what the database is told of it. */
export async function failedLogin(
  changes: UpstreamChanges,
  request: Request,
  answers: Answers = {},
): Promise<Login & { response: Response; told: unknown }> {
  const login = await loginAt(changes, { fail_authorization_session: "failed", ...answers });
  const response = await buildCallbackEndpoint(login.dependencies)(request);
  const told = login.dependencies.database.calls.find(({ name }) => name === "fail_authorization_session")
    ?.args;
  return { ...login, response, told };
}

/** Fails unless a login ended at the client with an error, for good or so that it can be tried again. */
export async function assertFailed(
  { response, told, dependencies }: Awaited<ReturnType<typeof failedLogin>>,
  error: string,
  error_description: string,
  reason: string,
): Promise<void> {
  const retry = error === "temporarily_unavailable";
  await assertRedirect(response, CALLBACK, { error, error_description, state: "client-state", iss: ISSUER });
  const [line] = dependencies.logged;
  // The audit is told as much as the log.
  const detail = line?.["detail"] === undefined ? {} : { p_detail: line["detail"] };
  const { p_detail, ...others } = told as Record<string, unknown>;
  assertEquals(others, { p_session_id: "session-1", p_reason: reason, p_retry: retry });
  assertEquals(Object.keys(p_detail ?? {}).length > 0, Object.keys(detail).length > 0);
  assertEquals(response.headers.get("Set-Cookie"), retry ? null : RELEASED);
  assertEquals(reasons(dependencies.logged), [reason]);
}
