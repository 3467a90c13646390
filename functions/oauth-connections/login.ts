/**
 * The page's own way to log a person in: the authorization code flow with PKCE, as any client goes it.
 *
 * The verifier stays in a cookie that only the browser which began has, one for
 * each state. So an answer that somebody else began, or that another browser
 * brings, is refused: nobody is logged in as somebody else without noticing.
 *
 * @module
 */

import * as z from "zod/mini";
import { type Database, defineCall } from "../_shared/database/database.ts";
import { CODE_REFUSALS } from "../_shared/database/rows.ts";
import { OAuthError } from "../_shared/errors.ts";
import { bindBrowser, findBrowserSecret, releaseBrowser } from "../_shared/http/browser_binding.ts";
import type { Answer } from "../_shared/http/endpoint.ts";
import { chooseLanguage } from "../_shared/http/language.ts";
import { unknownServer } from "../_shared/http/route.ts";
import { hashSecret, randomSecret } from "../_shared/secrets/secrets.ts";
import { CONNECTIONS_CLIENT_ID, CONNECTIONS_SCOPE } from "../_shared/tokens/own_page.ts";
import { makeRefreshToken } from "../_shared/tokens/refresh_token.ts";
import { issueAccessToken } from "../_shared/tokens/signing.ts";
import { buildConnectionsCallback, buildServerUrls } from "../_shared/urls.ts";
import { type AccessDependencies, keepLogin } from "./access.ts";

export const openConnectionsClient = defineCall(
  "open_connections_client",
  z.discriminatedUnion("outcome", [
    z.object({ outcome: z.literal("open") }),
    z.object({ outcome: z.enum(["unknown_server", "no_sign_in"]) }),
  ]),
);

export const redeemOwnCode = defineCall(
  "redeem_authorization_code",
  z.discriminatedUnion("outcome", [
    z.object({
      outcome: z.literal("redeemed"),
      family_id: z.string(),
      mcp_server_user_id: z.string(),
      client_id: z.string(),
      resource: z.string(),
      scope: z.string(),
      access_token_seconds: z.number(),
    }),
    z.object({ outcome: z.enum(CODE_REFUSALS) }),
  ]),
  ["p_client_secret_hash", "p_redirect_uri", "p_resource"],
);

/** What the login needs from outside. */
export interface OwnLoginDependencies extends AccessDependencies {
  database: Database;
}

/** Sends the browser to the authorization endpoint. The client is made here if the server has none yet. */
export async function beginOwnLogin(
  request: Request,
  slug: string,
  { publicUrl, database }: OwnLoginDependencies,
): Promise<Response> {
  const callback = buildConnectionsCallback(publicUrl, slug);
  const opening = await openConnectionsClient(database, { p_slug: slug, p_redirect_uri: callback });
  switch (opening.outcome) {
    case "unknown_server":
      throw unknownServer();
    case "no_sign_in":
      throw new OAuthError("invalid_request", "Cannot log in: this server has no sign-in", {
        reason: "no_sign_in",
      });
    case "open": {
      const [state, codeVerifier] = [randomSecret(), randomSecret()];
      const { authorize, connections } = buildServerUrls(publicUrl, slug);
      const search = new URLSearchParams({
        response_type: "code",
        client_id: CONNECTIONS_CLIENT_ID,
        redirect_uri: callback,
        scope: CONNECTIONS_SCOPE,
        resource: connections,
        state,
        code_challenge: hashSecret(codeVerifier),
        code_challenge_method: "S256",
        ui_locales: chooseLanguage(request),
      });
      return new Response(null, {
        status: 303,
        headers: {
          Location: `${authorize}?${search}`,
          "Set-Cookie": bindBrowser(publicUrl, hashSecret(state), codeVerifier),
        },
      });
    }
  }
}

/** Takes the answer of the authorization endpoint: the browser gets its token, or the page again without one. */
export async function finishOwnLogin(
  request: Request,
  slug: string,
  dependencies: OwnLoginDependencies,
): Promise<Answer> {
  const { publicUrl } = dependencies;
  const { searchParams } = new URL(request.url);
  const { issuer, connections } = buildServerUrls(publicUrl, slug);
  const stateHash = hashSecret(searchParams.get("state") ?? "");
  const codeVerifier = findBrowserSecret(request, publicUrl, stateHash);
  const headers = new Headers({ Location: connections, "Referrer-Policy": "no-referrer" });
  const code = searchParams.get("code");
  const refusal = codeVerifier === undefined
    ? "login_of_other_browser"
    : searchParams.get("iss") !== issuer
    ? "login_of_other_issuer"
    : code === null
    ? "login_refused"
    : undefined;
  if (codeVerifier !== undefined) {
    headers.append("Set-Cookie", releaseBrowser(publicUrl, stateHash));
  }
  if (codeVerifier === undefined || code === null || refusal !== undefined) {
    return toPage(headers, refusal);
  }
  const redemption = await redeem(code, codeVerifier, slug, dependencies);
  if (redemption.outcome !== "redeemed") {
    return toPage(headers, `code_${redemption.outcome}`);
  }
  const seconds = redemption.access_token_seconds;
  const token = await issueAccessToken(
    {
      issuer,
      audience: redemption.resource,
      subject: redemption.mcp_server_user_id,
      clientId: redemption.client_id,
      scope: redemption.scope,
      familyId: redemption.family_id,
    },
    seconds,
    dependencies.signingKeys,
  );
  headers.append("Set-Cookie", keepLogin(slug, token, seconds, publicUrl));
  return toPage(headers, undefined);
}

/** Sends the browser to the page, whose address names no code any more. A refusal is in the log; the page says that nobody is logged in. */
function toPage(headers: Headers, refusal: string | undefined): Answer {
  if (refusal !== undefined) {
    headers.set("Location", `${headers.get("Location")}?login=interrupted`);
  }
  const response = new Response(null, { status: 303, headers });
  return refusal === undefined ? { response } : { response, reason: refusal };
}

/** Redeems the code. The refresh token is thrown away: the page asks again when its token has expired. */
async function redeem(
  code: string,
  codeVerifier: string,
  slug: string,
  { publicUrl, database }: OwnLoginDependencies,
): ReturnType<typeof redeemOwnCode> {
  const refreshToken = makeRefreshToken();
  return await redeemOwnCode(database, {
    p_slug: slug,
    p_client_id: CONNECTIONS_CLIENT_ID,
    p_client_secret_hash: null,
    p_code_hash: hashSecret(code),
    p_redirect_uri: buildConnectionsCallback(publicUrl, slug),
    p_code_challenge: hashSecret(codeVerifier),
    p_resource: buildServerUrls(publicUrl, slug).connections,
    p_handle_hash: refreshToken.handleHash,
    p_refresh_hash: refreshToken.secretHash,
  });
}
