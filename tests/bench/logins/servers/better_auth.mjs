/**
 * `better-auth` with its OAuth provider and MCP plug-ins on Node.js and PostgreSQL.
 *
 * Set up after its documentation: `jwt()` and `mcp()`, tables made by its own
 * migrations, pages of one's own for sign-in and consent, dynamic registration
 * allowed. People sign in at another provider through its generic OAuth plug-in;
 * the limit of requests an address is off.
 *
 * @module
 */

import { connect, listen, load, readSetup, reportListening } from "./server.mjs";

const { betterAuth } = await load("better-auth");
const { getMigrations } = await load("better-auth/db/migration");
const { toNodeHandler } = await load("better-auth/node");
const { genericOAuth, jwt } = await load("better-auth/plugins");
const { mcp } = await load("@better-auth/mcp");
const { databaseUrl, upstream } = await readSetup();
const page = `<!doctype html><title>A page</title><form method="post"><button>Continue</button></form>`;
const { server, port } = await listen();
const baseURL = `http://127.0.0.1:${port}`;
const options = {
  baseURL,
  secret: "a secret of the bench, which is long enough",
  database: await connect(databaseUrl),
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  disabledPaths: ["/token"],
  plugins: [
    jwt(),
    genericOAuth({
      config: [{
        providerId: "upstream",
        discoveryUrl: `${upstream.url}/.well-known/openid-configuration`,
        clientId: upstream.clientId,
        clientSecret: upstream.clientSecret,
        scopes: ["openid", "email", "profile", "offline_access"],
      }],
    }),
    mcp({
      loginPage: "/login",
      consentPage: "/consent",
      resource: `${baseURL}/mcp`,
      allowDynamicClientRegistration: true,
      allowUnauthenticatedClientRegistration: true,
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
  ],
};
const { runMigrations } = await getMigrations(options);
await runMigrations();
const auth = betterAuth(options);
const answer = toNodeHandler(auth);
server.on("request", (request, response) => {
  if (/^\/(login|consent)\?/.test(request.url)) {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(page);
    return;
  }
  answer(request, response);
});
reportListening(port);
