// deno-lint-ignore-file no-console explicit-function-return-type
/**
 * `oidc-provider` on Node.js, in memory or on PostgreSQL.
 *
 * Set up after its documentation: an adapter over one table with an index for
 * each way that it is asked, as its example of an adapter has them; pages of
 * one's own in the place of the development pages; dynamic registration;
 * refresh tokens that rotate. A person signs in by name alone.
 *
 * @module
 */

import Provider from "oidc-provider";
import { exportJWK, generateKeyPair } from "jose";
import { buildAdapter, makeTables } from "./adapter.mjs";
import { connect, escape, listen, readForm, readSetup, reportListening } from "./server.mjs";

const { databaseUrl } = await readSetup();
const { privateKey } = await generateKeyPair("ES256", { extractable: true });
const key = { ...await exportJWK(privateKey), kid: "bench", alg: "ES256", use: "sig" };
const { server, port } = await listen();

const provider = new Provider(`http://127.0.0.1:${port}`, {
  ...databaseUrl === undefined ? {} : { adapter: await openAdapter(databaseUrl) },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  clientDefaults: { id_token_signed_response_alg: "ES256" },
  cookies: { keys: ["a key of the bench"] },
  enabledJWA: { idTokenSigningAlgValues: ["ES256"] },
  features: {
    devInteractions: { enabled: false },
    registration: { enabled: true },
  },
  findAccount: (_context, accountId) => ({
    accountId,
    claims: () => ({
      sub: accountId,
      email: `${accountId}@example.com`,
      email_verified: true,
      name: accountId,
    }),
  }),
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  jwks: { keys: [key] },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  scopes: ["openid", "email", "profile", "offline_access"],
});
provider.on("server_error", (_context, error) => console.error(error));
const answer = provider.callback();
server.on("request", (request, response) => {
  if (!request.url.startsWith("/interaction/")) {
    answer(request, response);
    return;
  }
  interact(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
reportListening(port);

async function openAdapter(url) {
  const pool = await connect(url);
  await makeTables(pool);
  return buildAdapter(pool);
}

/** The two pages: who are you, and may this client. */
async function interact(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (request.method === "GET") {
    const client = await provider.Client.find(params.client_id);
    const title = prompt.name === "login" ? "Sign in" : `May ${client.clientName} do this?`;
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" });
    response.end(`<!doctype html><title>${escape(title)}</title><form method="post">
      <p>${escape(title)} ${escape(String(params.scope))}, ${escape(String(params.redirect_uri))}</p>
      <input name="user"><button>Continue</button></form>`);
    return;
  }
  const form = await readForm(request);
  const result = prompt.name === "login"
    ? { login: { accountId: form.get("user") } }
    : { consent: { grantId: await grant(prompt.details, params, session, grantId) } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

async function grant({ missingOIDCScope, missingOIDCClaims }, params, session, grantId) {
  const granted = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  if (missingOIDCScope) {
    granted.addOIDCScope(missingOIDCScope.join(" "));
  }
  if (missingOIDCClaims) {
    granted.addOIDCClaims(missingOIDCClaims);
  }
  return await granted.save();
}
