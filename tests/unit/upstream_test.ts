import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { configSecretOf, sealSecret } from "../../functions/_shared/secrets/encryption.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { findUpstream } from "../../functions/_shared/upstream/upstream.ts";
import { buildAuthorizationRequest } from "../../functions/_shared/upstream/authorization_request.ts";
import { refreshUpstreamToken, revokeUpstreamToken } from "../../functions/_shared/upstream/tokens.ts";
import { buildDependencies, encryptionKeys } from "../support/functions/dependencies.ts";
import type { EndpointAnswer } from "../support/provider/program.ts";
import { buildUpstream, listAsked, listSent, type Upstream } from "../support/provider/upstream.ts";
import { buildConfig } from "../support/database/records.ts";
import { CODE_CHALLENGE } from "../support/client/requests.ts";

const REQUEST = {
  callbackUrl: "https://auth.example.com/oauth-callback",
  state: "our-state",
  nonce: "our-nonce",
  codeChallenge: CODE_CHALLENGE,
  hints: {},
};

function dependenciesOf({ safeFetch }: Upstream): ReturnType<typeof buildDependencies> {
  return buildDependencies({}, { safeFetch });
}

Deno.test("an upstream is found by OpenID discovery, once in ten minutes", async () => {
  const upstream = buildUpstream();

  let time = 0;
  const dependencies = buildDependencies({}, { safeFetch: upstream.safeFetch, now: () => time });

  const asked = [];
  for (time of [0, 599_999, 600_000]) {
    const { server } = await findUpstream(upstream.config, dependencies);
    assertEquals(server.token_endpoint, `${upstream.issuer}/token`);
    asked.push(upstream.requests().length);
  }

  assertEquals([asked, listAsked(upstream)[0]], [[1, 1, 2], "discovery"]);
});

Deno.test("an upstream without OpenID is found by RFC 8414", async () => {
  const upstream = buildUpstream({
    answers: {
      discovery: () => new Response(null, { status: 404 }),
      oauth_metadata: ({ url }) =>
        Response.json({ issuer: new URL(url).origin, token_endpoint: "https://t.example/t" }),
    },
  });

  const { server } = await findUpstream(upstream.config, dependenciesOf(upstream));

  assertEquals(server.token_endpoint, "https://t.example/t");
  assertEquals(listAsked(upstream), ["discovery", "oauth_metadata"]);
});

Deno.test("an upstream whose config names the endpoints is not discovered", async () => {
  const config = buildConfig({
    issuer: null,
    authorization_endpoint: "https://github.example/authorize",
    token_endpoint: "https://github.example/token",
    userinfo_endpoint: "https://api.github.example/user",
  });

  const { server } = await findUpstream(config, buildDependencies());

  assertEquals(
    [
      server.issuer,
      server.authorization_endpoint,
      server.token_endpoint,
      server.userinfo_endpoint,
      server.jwks_uri,
    ],
    [
      "https://github.example",
      "https://github.example/authorize",
      "https://github.example/token",
      "https://api.github.example/user",
      undefined,
    ],
  );
});

Deno.test("an endpoint that the config names wins over the discovered one", async () => {
  const upstream = buildUpstream({ config: { userinfo_endpoint: "https://graph.example/me" } });

  const { server } = await findUpstream(upstream.config, dependenciesOf(upstream));

  assertEquals(
    [server.userinfo_endpoint, server.token_endpoint],
    ["https://graph.example/me", `${upstream.issuer}/token`],
  );
});

const json = (body: unknown, status = 200): EndpointAnswer => () => Response.json(body, { status });
const broken: EndpointAnswer = () => {
  throw new DOMException("timed out", "TimeoutError");
};
const DISCOVERY_FAILURES: [what: string, answer: EndpointAnswer, code: string, reason: string][] = [
  ["500", json({}, 500), "temporarily_unavailable", "upstream_unavailable"],
  ["429", json({}, 429), "temporarily_unavailable", "upstream_unavailable"],
  ["HTML", () => new Response("<html>maintenance</html>"), "temporarily_unavailable", "upstream_unavailable"],
  ["a list", json([]), "temporarily_unavailable", "upstream_unavailable"],
  ["an issuer of another type", json({ issuer: 7 }), "temporarily_unavailable", "upstream_unavailable"],
  ["no answer", broken, "temporarily_unavailable", "upstream_unreachable"],
  [
    "a redirect",
    () => Response.redirect("http://169.254.169.254/", 302),
    "temporarily_unavailable",
    "upstream_unreachable",
  ],
  ["another issuer", json({ issuer: "https://evil.example" }), "server_error", "upstream_untrusted"],
  ["403", json({}, 403), "server_error", "upstream_refused"],
];
for (const [what, answer, code, reason] of DISCOVERY_FAILURES) {
  Deno.test(`discovery that is answered with ${what} is ${code} and is not kept`, async () => {
    const answers = [answer];
    const upstream = buildUpstream({
      answers: {
        discovery: (request) =>
          answers.shift()?.(request) ?? Response.json({ issuer: new URL(request.url).origin }),
      },
    });
    const dependencies = dependenciesOf(upstream);

    const error = await assertRejects(() => findUpstream(upstream.config, dependencies), OAuthError);

    assertEquals([error.code, error.reason], [code, reason]);
    assertEquals((await findUpstream(upstream.config, dependencies)).server.issuer, upstream.issuer);
  });
}

async function authorizationRequest(
  upstream: Upstream,
  changes: Partial<typeof REQUEST> & { hints?: Record<string, string> } = {},
): Promise<URL> {
  const found = await findUpstream(upstream.config, dependenciesOf(upstream));
  return new URL(buildAuthorizationRequest(found, { ...REQUEST, ...changes }, buildDependencies()));
}

Deno.test("the authorization request carries PKCE, state and nonce, and no resource", async () => {
  const upstream = buildUpstream();

  const url = await authorizationRequest(upstream);

  assertEquals(`${url.origin}${url.pathname}`, `${upstream.issuer}/authorize`);
  assertEquals(Object.fromEntries(url.searchParams), {
    response_type: "code",
    client_id: "gatepost-at-upstream",
    redirect_uri: "https://auth.example.com/oauth-callback",
    state: "our-state",
    nonce: "our-nonce",
    code_challenge: CODE_CHALLENGE,
    code_challenge_method: "S256",
    scope: "openid email",
  });
});

Deno.test("a query of the authorization endpoint is kept", async () => {
  const upstream = buildUpstream({ config: { authorization_endpoint: "https://login.example/a?tenant=1" } });

  const url = await authorizationRequest(upstream);

  assertEquals([url.hostname, url.searchParams.get("tenant")], ["login.example", "1"]);
});

Deno.test("hints are passed on, the config's own parameters win over them", async () => {
  const upstream = buildUpstream({
    config: { authorization_parameters: { access_type: "offline", prompt: "consent" } },
  });

  const { searchParams } = await authorizationRequest(upstream, {
    hints: { prompt: "login", login_hint: "a@x.example" },
  });

  assertEquals(
    ["access_type", "prompt", "login_hint"].map((name) => searchParams.get(name)),
    ["offline", "login", "a@x.example"],
  );
});

const RESERVED = [
  "response_type",
  "client_id",
  "redirect_uri",
  "scope",
  "state",
  "nonce",
  "code_challenge",
  "code_challenge_method",
];
Deno.test("neither config nor hints can set what binds the request", async () => {
  const planted = Object.fromEntries(RESERVED.map((name) => [name, "planted"]));
  const upstream = buildUpstream({
    config: { authorization_parameters: planted, scopes: [], identity_source: "none" },
  });

  const { searchParams } = await authorizationRequest(upstream, { hints: planted });

  assertEquals([...searchParams.values()].includes("planted"), false);
});

for (const identity_source of ["userinfo", "none"] as const) {
  Deno.test(`no nonce is sent to an upstream whose identity is ${identity_source}`, async () => {
    const upstream = buildUpstream({ config: { identity_source } });

    assertEquals((await authorizationRequest(upstream)).searchParams.has("nonce"), false);
  });
}

Deno.test("an upstream that publishes no authorization endpoint is refused", async () => {
  const upstream = buildUpstream({ metadata: { authorization_endpoint: undefined } });
  const found = await findUpstream(upstream.config, dependenciesOf(upstream));

  const error = assertThrows(
    () => buildAuthorizationRequest(found, REQUEST, buildDependencies()),
    OAuthError,
  );

  assertEquals([error.code, error.reason], ["server_error", "upstream_metadata_incomplete"]);
});

const HOSTILE = [
  "javascript:alert(1)//",
  "data:text/html,x",
  "file:///etc/passwd",
  "http://login.example/a",
  "no url",
  7,
];
for (const authorization_endpoint of HOSTILE) {
  Deno.test(`nobody is sent to the discovered authorization endpoint ${authorization_endpoint}`, async () => {
    const upstream = buildUpstream({ metadata: { authorization_endpoint } });

    const error = await assertRejects(() => authorizationRequest(upstream), OAuthError);

    assertEquals([error.code, error.reason], ["server_error", "upstream_untrusted"]);
  });
}

Deno.test("local development may send a browser to a provider over http", async () => {
  const config = buildConfig({
    authorization_endpoint: "http://127.0.0.1:4000/authorize",
    token_endpoint: "http://127.0.0.1:4000/token",
  });
  const dependencies = buildDependencies({}, { allowPrivateUpstreams: true });

  const url = buildAuthorizationRequest(await findUpstream(config, dependencies), REQUEST, dependencies);

  assertEquals(new URL(url).origin, "http://127.0.0.1:4000");
});

Deno.test("a refresh sends the refresh token with the client's credentials and returns what came", async () => {
  const upstream = buildUpstream({
    config: {
      token_endpoint_auth_method: "client_secret_post",
      client_secret_ciphertext: await sealSecret(
        "upstream-secret",
        configSecretOf({ id: "coac_1", organization_id: "org_1" }),
        encryptionKeys,
      ),
    },
    tokens: { id_token: undefined, refresh_token: undefined, expires_in: undefined, scope: undefined },
  });
  const dependencies = dependenciesOf(upstream);

  const grant = await refreshUpstreamToken(
    await findUpstream(upstream.config, dependencies),
    upstream.issueRefreshToken(),
    dependencies,
  );

  assertEquals(grant, {
    accessToken: "upstream-access-token",
    refreshToken: null,
    scope: null,
    expiresIn: null,
    omitted: null,
    idTokenClaims: null,
  });
  assertEquals(listSent(upstream).at(-1), {
    endpoint: "token",
    method: "POST",
    authorization: null,
    parameters: {
      grant_type: "refresh_token",
      refresh_token: "upstream-refresh-token",
      client_id: "gatepost-at-upstream",
      client_secret: "upstream-secret",
    },
  });
});

Deno.test("a refresh carries the config's scopes where the config says so, and no scope where it has none", async () => {
  const sent: unknown[] = [];
  for (
    const changes of [
      { refresh_sends_scope: true, scopes: ["openid", "api://gatepost/mcp"] },
      { refresh_sends_scope: true, scopes: [] },
      { refresh_sends_scope: false, scopes: ["openid"] },
    ]
  ) {
    const upstream = buildUpstream({ config: changes });
    const dependencies = dependenciesOf(upstream);

    await refreshUpstreamToken(
      await findUpstream(upstream.config, dependencies),
      upstream.issueRefreshToken(),
      dependencies,
    );

    sent.push(listSent(upstream).at(-1)?.parameters["scope"]);
  }

  assertEquals(sent, ["openid api://gatepost/mcp", undefined, undefined]);
});

const REFRESH_FAILURES: [what: string, answer: EndpointAnswer, code: string, reason: string][] = [
  ["invalid_grant", json({ error: "invalid_grant" }, 400), "server_error", "upstream_refused"],
  ["GitHub's bad_refresh_token", json({ error: "bad_refresh_token" }), "server_error", "upstream_refused"],
  ["invalid_client", json({ error: "invalid_client" }, 401), "server_error", "upstream_refused"],
  ["500", json({ error: "server_error" }, 500), "temporarily_unavailable", "upstream_unavailable"],
  ["429", json({}, 429), "temporarily_unavailable", "upstream_unavailable"],
  ["HTML", () => new Response("<html>"), "temporarily_unavailable", "upstream_unavailable"],
  [
    "wrong types",
    json({ access_token: 7, token_type: "Bearer" }),
    "temporarily_unavailable",
    "upstream_unavailable",
  ],
  ["no answer", broken, "temporarily_unavailable", "upstream_unreachable"],
];
for (const [what, answer, code, reason] of REFRESH_FAILURES) {
  Deno.test(`a refresh that is answered with ${what} fails with ${reason}`, async () => {
    const upstream = buildUpstream({ answers: { token: answer } });
    const dependencies = dependenciesOf(upstream);
    const found = await findUpstream(upstream.config, dependencies);

    const error = await assertRejects(() => refreshUpstreamToken(found, "token", dependencies), OAuthError);

    assertEquals([error.code, error.reason], [code, reason]);
  });
}

Deno.test("a token is given back to an upstream that takes it", async () => {
  const upstream = buildUpstream();
  const dependencies = dependenciesOf(upstream);

  await revokeUpstreamToken(
    await findUpstream(upstream.config, dependencies),
    "upstream-token",
    dependencies,
  );

  assertEquals(
    [listSent(upstream).at(-1)?.endpoint, listSent(upstream).at(-1)?.parameters],
    ["revocation", { token: "upstream-token", client_id: "gatepost-at-upstream" }],
  );
});

Deno.test("nothing is given back to an upstream without an endpoint for it", async () => {
  const upstream = buildUpstream({ metadata: { revocation_endpoint: undefined } });
  const dependencies = dependenciesOf(upstream);

  await revokeUpstreamToken(
    await findUpstream(upstream.config, dependencies),
    "upstream-token",
    dependencies,
  );

  assertEquals(listAsked(upstream), ["discovery"]);
});
