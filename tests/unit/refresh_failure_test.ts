import { assertEquals, assertRejects } from "@std/assert";
import { OAuthError, unavailable } from "../../functions/_shared/errors.ts";
import { explainFailure } from "../../functions/_shared/upstream/failure.ts";
import {
  judgeRefreshFailure,
  type RefreshVerdict,
} from "../../functions/_shared/upstream/refresh_failure.ts";
import { readTokenAnswer } from "../../functions/_shared/upstream/token_answer.ts";

/** What the provider's answer to a refresh comes to. */
async function judge(answer: Response): Promise<RefreshVerdict> {
  const error = await assertRejects(
    () => explainFailure("refresh", () => readTokenAnswer(answer)),
    OAuthError,
  );
  return judgeRefreshFailure(error);
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers });
}

function text(
  status: number,
  body: string,
  type = "text/plain",
  headers: Record<string, string> = {},
): Response {
  return new Response(body === "" ? null : body, { status, headers: { "Content-Type": type, ...headers } });
}

const PAGE = "<!doctype html><title>Attention Required!</title>";

/** Each answer by the verdict that it calls for, with where it was seen. */
const ANSWERS: Record<RefreshVerdict, Record<string, () => Response>> = {
  ended: {
    "RFC 6749 §5.2": () => json(400, { error: "invalid_grant", error_description: "Token has been revoked" }),
    "invalid_grant with 401": () => json(401, { error: "invalid_grant" }),
    "Auth0 and Atlassian, with 403": () => json(403, { error: "invalid_grant" }),
    "invalid_grant with 200": () => json(200, { error: "invalid_grant" }),
    "invalid_grant beside a challenge for Basic": () =>
      json(401, { error: "invalid_grant" }, { "WWW-Authenticate": 'Basic realm="token"' }),
    "invalid_grant in a challenge alone": () =>
      text(401, "", "text/plain", { "WWW-Authenticate": 'Bearer error="invalid_grant"' }),
    "invalid_grant in upper case": () => json(400, { error: "INVALID_GRANT" }),
    "invalid_grant in a form": () =>
      text(400, "error=invalid_grant&error_description=expired", "application/x-www-form-urlencoded"),
    "invalid_grant with a type that says HTML": () => text(400, '{"error":"invalid_grant"}', "text/html"),
    "raycast/extensions#11836, ParabolInc/parabol#11849 (Atlassian)": () =>
      json(403, { error: "unauthorized_client", error_description: "refresh_token is invalid" }),
    "GitHub, with 200": () =>
      json(200, { error: "bad_refresh_token", error_description: "incorrect or expired" }),
    "GitHub, as a form with 200": () =>
      text(200, "error=bad_refresh_token&error_uri=x", "application/x-www-form-urlencoded"),
    "slackapi/node-slack-sdk#2038": () => json(200, { ok: false, error: "invalid_refresh_token" }),
    "Slack's token_revoked": () => json(200, { ok: false, error: "token_revoked" }),
    "Slack's token_expired": () => json(200, { ok: false, error: "token_expired" }),
    "HGData/mk-node-hubspot#64 (HubSpot)": () =>
      json(400, { status: "BAD_REFRESH_TOKEN", message: "missing or invalid refresh token" }),
    "lidge-jun/opencodex PR 4737 (OpenAI)": () =>
      json(401, {
        error: {
          message: "Your session has ended.",
          type: "invalid_request_error",
          code: "refresh_token_invalidated",
        },
      }),
    "ory/hydra#3004": () => json(401, { error: "token_inactive" }),
    "spring-attic/spring-cloud-app-broker#341": () =>
      json(401, { error: "invalid_token", error_description: "Invalid refresh token (expired)" }),
    "Entra's interaction_required": () =>
      json(400, { error: "interaction_required", suberror: "basic_action" }),
    "login_required": () => json(400, { error: "login_required" }),
    "consent_required": () => json(400, { error: "consent_required" }),
    "auth0/Auth0.Android#562": () => json(403, { error: "mfa_required", mfa_token: "x" }),
    "schmorrison/Zoho PR 18": () => json(200, { error: "invalid_code" }),
  },
  counted: {
    "authlib/authlib#112, better-auth PR 8103": () =>
      json(400, { error: "invalid_request", error_description: 'Invalid "refresh_token" in request.' }),
    "nothing at all, with 400": () => text(400, ""),
    "an empty object, with 400": () => json(400, {}),
    "a sentence, with 401": () => text(401, "Unauthorized"),
    "an unknown code, with 403": () => json(403, { error: "access_denied" }),
    "an unknown code, with 422": () => json(422, { errors: [{ title: "Unprocessable" }] }),
    "a number for a code": () => json(400, { message: "Bad Request", error: 400 }),
    "a scope that is not granted any more": () => json(400, { error: "invalid_scope" }),
    "an unknown code, with 200": () => json(200, { error: "something_else" }),
    "an object without a token, with 200": () => json(200, { status: "ok" }),
    "an access token that no header can carry": () => json(200, { access_token: "a\nb" }),
  },
  owner: {
    "RFC 6749 §5.2": () => json(401, { error: "invalid_client" }),
    "invalid_client beside its challenge": () =>
      json(401, { error: "invalid_client" }, { "WWW-Authenticate": 'Basic realm="token"' }),
    "a challenge for Basic alone": () =>
      text(401, "", "text/plain", { "WWW-Authenticate": 'Basic realm="token"' }),
    "keycloak/keycloak#31294 (Entra: an expired secret)": () =>
      json(401, { error: "invalid_client", error_description: "AADSTS7000222", error_codes: [7000222] }),
    "keycloak/keycloak#16923 (Keycloak)": () =>
      json(401, {
        error: "unauthorized_client",
        error_description: "Invalid client or Invalid client credentials",
      }),
    "unauthorized_client with 400": () => json(400, { error: "unauthorized_client" }),
    "rwth-acis/VIAProMa#186 (GitHub)": () =>
      text(200, "error=incorrect_client_credentials", "application/x-www-form-urlencoded"),
    "Slack's bad_client_secret": () => json(200, { ok: false, error: "bad_client_secret" }),
    "googleapis/google-api-nodejs-client#1256": () => json(401, { error: "deleted_client" }),
    "openpubkey/opkssh#617 (Google)": () => json(401, { error: "disabled_client" }),
  },
  passing: {
    "408": () => json(408, {}),
    "425": () => json(425, {}),
    "429": () => json(429, { error: "invalid_request" }),
    "500": () => json(500, { error: "server_error" }),
    "503 whatever it says": () => json(503, { error: "invalid_grant" }),
    "temporarily_unavailable with 400": () => json(400, { error: "temporarily_unavailable" }),
    "Slack's ratelimited": () => json(200, { ok: false, error: "ratelimited" }),
    "a firewall's page, with 403": () => text(403, PAGE, "text/html"),
    "a page, with 400": () => text(400, PAGE, "text/html"),
    "a page, with 200": () => text(200, PAGE, "text/html"),
    "what is neither JSON nor a form, with 200": () => text(200, "maintenance"),
    "nothing, with 200": () => text(200, ""),
  },
};

for (const [verdict, answers] of Object.entries(ANSWERS)) {
  for (const [seen, build] of Object.entries(answers)) {
    Deno.test(`a refresh that is answered so is ${verdict}: ${seen}`, async () => {
      assertEquals(await judge(build()), verdict);
    });
  }
}

Deno.test("the code of a refusal counts before the words of its description", async () => {
  const answer = (error: string): Response => json(400, { error_description: "see invalid_grant", error });

  assertEquals([await judge(answer("invalid_client")), await judge(answer("slow_down"))], [
    "owner",
    "passing",
  ]);
});

Deno.test("an answer to something else than the refresh is passing, whatever it says", async () => {
  for (const step of ["discovery", "userinfo", "keys"] as const) {
    const answer = json(400, { error: "invalid_grant" });
    const error = await assertRejects(() => explainFailure(step, () => readTokenAnswer(answer)), OAuthError);

    assertEquals(judgeRefreshFailure(error), "passing");
  }
});

Deno.test("no answer is passing, and a client secret that cannot be opened is the owner's", async () => {
  const noAnswer = () => Promise.reject(unavailable("Cannot reach the provider now", "upstream_unreachable"));
  const unreachable = await assertRejects(() => explainFailure("refresh", noAnswer), OAuthError);
  const unreadable = new OAuthError("server_error", "Cannot log in", { reason: "client_secret_unreadable" });

  assertEquals([judgeRefreshFailure(unreachable), judgeRefreshFailure(unreadable)], ["passing", "owner"]);
});
