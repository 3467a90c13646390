/**
 * The answer to the consent page: approve or cancel.
 *
 * An approval opens the session, binds the browser and sends it to the
 * provider.
 *
 * @module
 */

import * as z from "zod/mini";
import type { Parameters } from "../_shared/http/body.ts";
import { bindBrowser } from "../_shared/http/browser_binding.ts";
import type { CleanUp } from "../_shared/database/clean_up.ts";
import { defineCall } from "../_shared/database/database.ts";
import { type OAuthConfig, oauthConfigSchema } from "../_shared/database/rows.ts";
import { authorizationRequestOf, sealSecret } from "../_shared/secrets/encryption.ts";
import type { FindSource } from "../_shared/http/source.ts";
import type { Answer } from "../_shared/http/endpoint.ts";
import { crowded, OAuthError, toOAuthError } from "../_shared/errors.ts";
import { claimAuthorizationSession, failSession } from "../_shared/client/authorization_session.ts";
import { type ClientReturn, redirectError } from "../_shared/client/redirect.ts";
import { restoreVerifiedRedirectUri } from "../_shared/client/redirect_uri.ts";
import { unknownServer } from "../_shared/http/route.ts";
import { hashSecret, randomSecret } from "../_shared/secrets/secrets.ts";
import { findUpstream, type UpstreamDependencies } from "../_shared/upstream/upstream.ts";
import { buildAuthorizationRequest } from "../_shared/upstream/authorization_request.ts";
import { buildCallbackUrl, buildServerUrls } from "../_shared/urls.ts";
import { type ConsentForm, openConsentForm, refusedForm } from "./consent_form.ts";
import { offerNewStart } from "./new_start.ts";
import { FORGET_SERVER } from "./proven_client.ts";
import { allowOwnPage, checkOwnPage, type OwnPages } from "./own_page.ts";

const openingSchema = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("opened"), config: oauthConfigSchema }),
  z.object({
    outcome: z.enum(["crowded", "form_replayed", "unknown_client", "unknown_server", "no_sign_in"]),
  }),
]);

const openAuthorizationSession = defineCall(
  "open_authorization_session",
  openingSchema,
  ["p_metadata_document", "p_nonce", "p_source"],
);

/** What an approval needs from outside. */
export type ApprovalDependencies = UpstreamDependencies & OwnPages & {
  findSource: FindSource;
  cleanUp: CleanUp;
};

/** Answers a posted consent form: acts on its decision, or returns its details if it has none. */
export async function answerConsentForm(
  parameters: Parameters,
  slug: string,
  request: Request,
  dependencies: ApprovalDependencies,
): Promise<Response | Answer> {
  const { publicUrl } = dependencies;
  checkOwnPage(request, dependencies);
  const form = await openConsentForm(parameters.get("form") ?? "", slug, dependencies);
  if (form.expiresAt <= dependencies.now()) {
    const offer = offerNewStart("form_expired", form, request, publicUrl);
    return { ...offer, response: allowOwnPage(offer.response, dependencies) };
  }
  const returnTo: ClientReturn = {
    redirectUri: restoreVerifiedRedirectUri({ redirect_uri: form.request.redirectUri }),
    state: form.request.state,
    issuer: buildServerUrls(publicUrl, slug).issuer,
  };
  switch (parameters.get("decision")) {
    case "approve":
      return await approve(form, returnTo, false, request, dependencies);
    case "approve_as_other":
      return await approve(form, returnTo, true, request, dependencies);
    case "deny":
      return redirectError(
        returnTo,
        new OAuthError("access_denied", "Cannot connect: the person did not approve", {
          reason: "consent_denied",
        }),
      );
    case undefined:
      return allowOwnPage(Response.json(form.consent), dependencies);
    default:
      throw refusedForm("decision_unknown");
  }
}

/** The secrets of one login: the state and nonce that go to the provider, the verifier and the cookie that do not. */
interface LoginSecrets {
  state: string;
  stateHash: string;
  nonce: string;
  codeVerifier: string;
  browserSecret: string;
}

async function approve(
  form: ConsentForm,
  returnTo: ClientReturn,
  asOther: boolean,
  request: Request,
  dependencies: ApprovalDependencies,
): Promise<Response | Answer> {
  const state = randomSecret();
  const secrets: LoginSecrets = {
    state,
    stateHash: hashSecret(state),
    nonce: randomSecret(),
    codeVerifier: randomSecret(),
    browserSecret: randomSecret(),
  };
  const source = await dependencies.findSource(request);
  const opening = await openSession(form, secrets, source, dependencies);
  dependencies.cleanUp();
  switch (opening.outcome) {
    case "opened":
      return await sendToProvider(
        opening.config,
        chooseHints(form.request.hints, opening.config, asOther),
        secrets,
        returnTo,
        dependencies,
      );
    case "form_replayed":
      return offerNewStart("form_replayed", form, request, dependencies.publicUrl);
    case "crowded":
      throw crowded("Cannot begin the login now: too many others log in at this moment");
    case "unknown_server":
      throw unknownServer();
    case "unknown_client":
    case "no_sign_in":
      throw new OAuthError(
        "invalid_request",
        "Cannot approve: the app or its sign-in was removed meanwhile",
        { reason: opening.outcome, advice: opening.outcome === "unknown_client" ? FORGET_SERVER : undefined },
      );
  }
}

async function openSession(
  { id, slug, organizationId, request }: ConsentForm,
  { stateHash, nonce, codeVerifier, browserSecret }: LoginSecrets,
  source: string | null,
  { database, encryptionKeys }: ApprovalDependencies,
): Promise<z.infer<typeof openingSchema>> {
  return await openAuthorizationSession(database, {
    p_slug: slug,
    p_client_id: request.clientId,
    p_metadata_document: request.metadataDocument ?? null,
    p_form_hash: hashSecret(id),
    p_state_hash: stateHash,
    p_browser_hash: hashSecret(browserSecret),
    p_request_ciphertext: await sealSecret(
      JSON.stringify({ clientState: request.state, trackingId: request.trackingId, nonce, codeVerifier }),
      authorizationRequestOf(organizationId, stateHash),
      encryptionKeys,
    ),
    p_redirect_uri: request.redirectUri,
    p_resource: request.resource,
    p_scope: request.scope,
    p_code_challenge: request.codeChallenge,
    p_nonce: request.nonce ?? null,
    p_source: source,
  });
}

/** What goes on to the provider. Who wants another account wants neither the one that the client named, nor the last one. */
function chooseHints(
  { login_hint, ...others }: Record<string, string>,
  { account_prompt }: OAuthConfig,
  asOther: boolean,
): Record<string, string> {
  if (!asOther) {
    return login_hint === undefined ? others : { ...others, login_hint };
  }
  return account_prompt === null ? others : { ...others, prompt: account_prompt };
}

/** Binds the browser and sends it to the provider. If the provider cannot be asked, the client gets the error. */
async function sendToProvider(
  config: OAuthConfig,
  hints: Record<string, string>,
  { state, stateHash, nonce, codeVerifier, browserSecret }: LoginSecrets,
  returnTo: ClientReturn,
  dependencies: ApprovalDependencies,
): Promise<Response | Answer> {
  const { publicUrl } = dependencies;
  try {
    const upstreamRequest = {
      callbackUrl: buildCallbackUrl(publicUrl, config.organization_id),
      state,
      nonce,
      codeChallenge: hashSecret(codeVerifier),
      hints,
    };
    const location = buildAuthorizationRequest(
      await findUpstream(config, dependencies),
      upstreamRequest,
      dependencies,
    );
    return new Response(null, {
      status: 303,
      headers: {
        Location: location,
        "Set-Cookie": bindBrowser(publicUrl, stateHash, browserSecret),
        "Referrer-Policy": "no-referrer",
      },
    });
  } catch (thrown) {
    const error = toOAuthError(thrown);
    await endLogin(stateHash, browserSecret, error, dependencies);
    return redirectError(returnTo, error);
  }
}

/** Tells the audit why a login ended before the person was sent anywhere. The client is told in any case. */
async function endLogin(
  stateHash: string,
  browserSecret: string,
  error: OAuthError,
  dependencies: ApprovalDependencies,
): Promise<void> {
  const { session_id: sessionId } = await claimAuthorizationSession(dependencies.database, {
    p_state_hash: stateHash,
    p_browser_hash: hashSecret(browserSecret),
  }).catch(() => ({ session_id: undefined }));
  if (sessionId) {
    // Nobody can come back for another attempt: the browser has no cookie of this login.
    await failSession(sessionId, error, false, dependencies);
  }
}
