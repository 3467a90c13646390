/**
 * GET /oauth-callback/{organization}: the redirect URI at an organization's providers.
 *
 * Claims the session, which proves state and browser. Then it finishes the
 * login and returns to the client with a code. An error is shown as long as the
 * session is not claimed, and is redirected to the client from then on.
 *
 * @module
 */

import * as z from "zod/mini";
import { findBrowserSecret, releaseBrowser } from "../_shared/http/browser_binding.ts";
import { authorizationRequestOf, openSecret, UnreadableSecret } from "../_shared/secrets/encryption.ts";
import {
  type Answer,
  buildEndpoint,
  type Call,
  type EndpointDependencies,
} from "../_shared/http/endpoint.ts";
import { OAuthError, toOAuthError } from "../_shared/errors.ts";
import { runForRequest } from "../_shared/http/request_id.ts";
import { buildPageExit } from "../_shared/http/page_error.ts";
import { claimAuthorizationSession, failSession } from "../_shared/client/authorization_session.ts";
import { redirectError, redirectToClient } from "../_shared/client/redirect.ts";
import { restoreVerifiedRedirectUri } from "../_shared/client/redirect_uri.ts";
import { notFound } from "../_shared/http/route.ts";
import { hashSecret } from "../_shared/secrets/secrets.ts";
import { buildServerUrls } from "../_shared/urls.ts";
import { type ClaimedSession, finishLogin, type LoginDependencies } from "./login.ts";

/** What the endpoint needs from outside. */
export interface CallbackDependencies extends EndpointDependencies, LoginDependencies {
  consentUrl: string | undefined;
}

/** Builds the endpoint. `index.ts` passes real dependencies, tests pass fakes. */
export function buildCallbackEndpoint(
  dependencies: CallbackDependencies,
): (request: Request) => Promise<Response> {
  const options = {
    name: "oauth-callback",
    methods: ["GET"],
    crossOrigin: false,
    exit: buildPageExit(dependencies),
    route: "/{organization}",
    counter: "gatepost.logins",
  } as const;
  return buildEndpoint(options, dependencies, async (call) => {
    const [callbackName, ...rest] = call.path;
    if (callbackName === undefined || rest.length > 0) {
      throw notFound();
    }
    const parameters = new URL(call.request.url).searchParams;
    const session = await claimSession(call, callbackName, parameters, dependencies);
    return await runForRequest(call.requestId, () => returnToClient(session, parameters, dependencies));
  });
}

interface BoundSession extends ClaimedSession {
  stateHash: string;
  clientState?: string | undefined;
}

const sealedRequestSchema = z.object({
  clientState: z.optional(z.string()),
  trackingId: z.optional(z.string()),
  nonce: z.string(),
  codeVerifier: z.string(),
});

/** Claims the session that this browser opened. What it throws is shown. */
async function claimSession(
  call: Call,
  callbackName: string,
  parameters: URLSearchParams,
  dependencies: CallbackDependencies,
): Promise<BoundSession> {
  const [state, ...others] = parameters.getAll("state");
  if (!state || others.length > 0) {
    throw refusedCallback("state_missing");
  }
  const stateHash = hashSecret(state);
  const browserSecret = findBrowserSecret(call.request, dependencies.publicUrl, stateHash);
  if (!browserSecret) {
    throw refusedCallback("other_browser");
  }
  const claim = await claimAuthorizationSession(dependencies.database, {
    p_state_hash: stateHash,
    p_browser_hash: hashSecret(browserSecret),
  });
  // One id for the whole login: audit, log and what the person sees name the request that opened it.
  call.requestId = claim.request_id ?? call.requestId;
  const refuse = async (reason: string, cause?: unknown): Promise<never> => {
    const refusal = refusedCallback(reason, cause);
    const { session_id } = claim;
    if (session_id) {
      await runForRequest(call.requestId, () => failSession(session_id, refusal, false, dependencies));
    }
    throw refusal;
  };
  if (claim.outcome !== "claimed") {
    return await refuse(`session_${claim.outcome}`);
  }
  const { text } = await openSecret(
    claim.request_ciphertext,
    authorizationRequestOf(claim.server.organization_id, stateHash),
    dependencies.encryptionKeys,
  ).catch((thrown: unknown) => {
    if (thrown instanceof UnreadableSecret) {
      return refuse(`request_${thrown.reason}`, thrown);
    }
    throw thrown;
  });
  const sealed = z.parse(sealedRequestSchema, JSON.parse(text));
  return { ...claim, callbackName, state, stateHash, ...sealed };
}

/** Finishes the login and redirects, with a code or with what went wrong. */
async function returnToClient(
  session: BoundSession,
  parameters: URLSearchParams,
  dependencies: CallbackDependencies,
): Promise<Answer> {
  const { publicUrl } = dependencies;
  const returnTo = {
    redirectUri: restoreVerifiedRedirectUri(session),
    state: session.clientState,
    issuer: buildServerUrls(publicUrl, session.server.slug).issuer,
  };
  let answer: Answer;
  let maySetBack = false;
  try {
    const { code, omitted } = await finishLogin(session, parameters, dependencies);
    answer = {
      response: redirectToClient(returnTo, { code }),
      ...(omitted && { reason: `${omitted.step}_left_out`, detail: omitted }),
    };
  } catch (thrown) {
    const error = toOAuthError(thrown);
    maySetBack = error.code === "temporarily_unavailable";
    const recording = await failSession(session.session_id, error, maySetBack, dependencies);
    // The client is told in any case, and an unfinished session expires by itself. A bug is told and logged instead.
    answer = redirectError(returnTo, recording?.code === "server_error" ? recording : error);
  }
  if (!maySetBack) {
    answer.response.headers.append("Set-Cookie", releaseBrowser(publicUrl, session.stateHash));
  }
  return { ...answer, server: session.server.slug };
}

/** One sentence for all reasons, so that nobody learns whether a state exists. */
function refusedCallback(reason: string, cause?: unknown): OAuthError {
  return new OAuthError(
    "invalid_request",
    "Cannot finish the login: it was started in another browser, took too long or is finished already",
    { reason, cause },
  );
}
