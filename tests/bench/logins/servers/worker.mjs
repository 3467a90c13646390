// deno-lint-ignore-file explicit-function-return-type
/**
 * A Worker with `@cloudflare/workers-oauth-provider`: the authorization server, and the server that it protects.
 *
 * Set up after its documentation: one Worker, the helpers for consent and for
 * signing in through another provider, dynamic registration.
 *
 * @module
 */

// By name, at run time: it is installed beside the Worker and is none of the project's packages.
const load = (name) => import(name);
const { OAuthProvider } = await load("@cloudflare/workers-oauth-provider");

const escape = (text) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** It has no userinfo of its own: the protected server tells who calls. */
const apiHandler = {
  fetch: (_request, _env, context) => Response.json({ sub: context.props.userId }),
};

const defaultHandler = {
  async fetch(request, env) {
    const oauth = env.OAUTH_PROVIDER;
    if (new URL(request.url).pathname === "/callback") {
      return await finish(request, oauth, env.UPSTREAM);
    }
    return request.method === "GET" ? await ask(request, oauth) : await approve(request, oauth, env.UPSTREAM);
  },
};

async function ask(request, oauth) {
  const asked = await oauth.parseAuthRequest(request);
  const details = await oauth.describeConsent(asked);
  const consent = await oauth.beginConsent(asked);
  consent.headers.set("Content-Type", "text/html; charset=utf-8");
  return new Response(describe(details, consent.handle), { headers: consent.headers });
}

function describe(details, handle) {
  const scopes = details.scope.map((scope) =>
    `<input type="checkbox" name="scope" value="${escape(scope)}" checked> ${escape(scope)}`
  );
  return `<!doctype html><title>May ${escape(details.clientName)} do this?</title>
    <p>Access is sent to ${escape(details.redirectHost)}.</p>
    <form method="post"><input type="hidden" name="handle" value="${escape(handle)}">${scopes.join("")}
    <button name="decision" value="approve">Allow</button></form>`;
}

async function approve(request, oauth, upstream) {
  const form = await request.formData();
  const approved = await oauth.approveConsent(request, String(form.get("handle")), {
    scope: form.getAll("scope").map(String),
  });
  const verifier = crypto.randomUUID() + crypto.randomUUID();
  const { state, headers } = await oauth.beginUpstream(approved.request, {
    data: { verifier },
    headers: approved.headers,
  });
  const location = new URL(`${upstream.url}/authorize`);
  location.search = new URLSearchParams({
    response_type: "code",
    client_id: upstream.clientId,
    redirect_uri: new URL("/callback", request.url).href,
    scope: "openid email profile offline_access",
    state,
    code_challenge: await hash(verifier),
    code_challenge_method: "S256",
    login_hint: new URL(request.url).searchParams.get("login_hint") ?? "",
  }).toString();
  headers.set("Location", location.href);
  return new Response(null, { status: 302, headers });
}

async function finish(request, oauth, upstream) {
  const { request: asked, data, headers } = await oauth.finishUpstream(request);
  const tokens = await read(
    await fetch(`${upstream.url}/token`, {
      method: "POST",
      headers: { Authorization: `Basic ${btoa(`${upstream.clientId}:${upstream.clientSecret}`)}` },
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code: new URL(request.url).searchParams.get("code") ?? "",
        redirect_uri: new URL("/callback", request.url).href,
        code_verifier: data.verifier,
      }),
    }),
  );
  const authorization = { Authorization: `Bearer ${tokens.access_token}` };
  const person = await read(await fetch(`${upstream.url}/userinfo`, { headers: authorization }));
  const { redirectTo } = await oauth.completeAuthorization({
    request: asked,
    userId: person.sub,
    metadata: {},
    scope: asked.scope,
    props: { userId: person.sub, accessToken: tokens.access_token, refreshToken: tokens.refresh_token },
  });
  headers.set("Location", redirectTo);
  return new Response(null, { status: 302, headers });
}

async function read(response) {
  if (!response.ok) {
    throw new Error(`The provider answers ${response.status}: ${await response.text()}`);
  }
  return await response.json();
}

async function hash(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

let built;

/** The port, and with it the origin, is known when the first request comes. */
function build(origin) {
  built ??= new OAuthProvider({
    apiRoute: "/mcp",
    apiHandler,
    defaultHandler,
    authorizeEndpoint: "/authorize",
    tokenEndpoint: "/oauth/token",
    clientRegistrationEndpoint: "/oauth/register",
    scopesSupported: ["mcp:read", "offline_access"],
    resourceMetadata: { resource: `${origin}/mcp`, authorization_servers: [origin] },
    requiredScopes: ["mcp:read"],
  });
  return built;
}

export default {
  fetch: (request, env, context) => build(new URL(request.url).origin).fetch(request, env, context),
};
