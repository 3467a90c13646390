import { assertEquals } from "@std/assert";
import type { SafeFetch } from "../../functions/_shared/http/safe_fetch.ts";
import { BASE_PATHS, searchProvider } from "../../functions/_shared/upstream/doctor/search_provider.ts";
import { examine, listFindings } from "../support/provider/examine.ts";

const HOST = "https://example.com";
const OPENID = "/.well-known/openid-configuration";
const OAUTH = "/.well-known/oauth-authorization-server";

/** A host whose documents stand at these paths and name these issuers; what else is asked gets `answer`. */
function host(
  documents: Record<string, string>,
  answer: () => Response = () => new Response("Not found", { status: 404 }),
): { safeFetch: SafeFetch; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    safeFetch: (url) => {
      const { origin, pathname } = new URL(url);
      assertEquals(origin, HOST);
      asked.push(pathname);
      const issuer = documents[pathname];
      return Promise.resolve(issuer === undefined ? answer() : Response.json({ issuer }));
    },
  };
}

// Where each provider's document stands, and which issuer it names.
const STANDING: [provider: string, given: string, place: string, issuer: string][] = [
  // https://better-auth.com/docs/plugins/oauth-provider
  ["better-auth", HOST, `/api/auth${OPENID}`, `${HOST}/api/auth`],
  ["better-auth, after RFC 8414", HOST, `${OAUTH}/api/auth`, `${HOST}/api/auth`],
  // https://developer.okta.com/docs/concepts/auth-servers
  ["Okta", HOST, `/oauth2/default${OPENID}`, `${HOST}/oauth2/default`],
  // https://supabase.com/docs/guides/auth/oauth-server/getting-started
  ["Supabase Auth", HOST, `${OAUTH}/auth/v1`, `${HOST}/auth/v1`],
  // https://docs.logto.io/integrate-logto/third-party-applications/oidc-oauth-third-party-applications
  ["Logto", HOST, `/oidc${OPENID}`, `${HOST}/oidc`],
  // https://django-oauth-toolkit.readthedocs.io/en/latest/oidc.html
  ["Django OAuth Toolkit", HOST, `/o${OPENID}`, `${HOST}/o`],
  // https://github.com/dexidp/dex/blob/master/config.yaml.dist
  ["Dex", `${HOST}/dex/auth`, `/dex${OPENID}`, `${HOST}/dex`],
  // https://github.com/babelouest/glewlwyd/blob/master/docs/OIDC.md
  ["Glewlwyd", HOST, `/api/oidc${OPENID}`, `${HOST}/api/oidc`],
  // https://www.keycloak.org/securing-apps/oidc-layers: the authorization endpoint of a realm
  [
    "Keycloak",
    `${HOST}/realms/acme/protocol/openid-connect/auth`,
    `/realms/acme${OPENID}`,
    `${HOST}/realms/acme`,
  ],
  // https://docs.goauthentik.io/add-secure-apps/providers/oauth2: issuer with a final slash
  [
    "authentik",
    `${HOST}/application/o/acme/authorize/`,
    `/application/o/acme${OPENID}`,
    `${HOST}/application/o/acme/`,
  ],
  // https://auth0.com/docs/get-started/applications/configure-applications-with-oidc-discovery
  ["Auth0", `${HOST}/authorize`, OPENID, `${HOST}/`],
  // https://zitadel.com/docs/apis/openidoauth/endpoints
  ["Zitadel", `${HOST}/oauth/v2/authorize`, OPENID, HOST],
];
for (const [provider, given, place, issuer] of STANDING) {
  Deno.test(`the search finds ${provider} from ${given}`, async () => {
    const { safeFetch } = host({ [place]: issuer });

    const found = await searchProvider(given, safeFetch);

    assertEquals(found, { issuer, place: `${HOST}${place}` });
  });
}

Deno.test("the search asks the inner folders first, then the root, then where providers stand by default", async () => {
  const { safeFetch, asked } = host({});

  const found = await searchProvider(`${HOST}/a/b/c/`, safeFetch);

  const bases = ["/a/b", "/a", "", ...BASE_PATHS];
  assertEquals(found, undefined);
  assertEquals(asked, bases.flatMap((base) => [`${base}${OPENID}`, `${OAUTH}${base}`]));
});

Deno.test("the search ends at the first document", async () => {
  const { safeFetch, asked } = host({ [`/a${OPENID}`]: `${HOST}/a`, [OPENID]: HOST });

  const found = await searchProvider(`${HOST}/a/b`, safeFetch);

  assertEquals(found?.issuer, `${HOST}/a`);
  assertEquals(asked, [`/a${OPENID}`, `${OAUTH}/a`]);
});

const STRANGE: [what: string, answer: () => Response][] = [
  ["pages", () => new Response("<!doctype html>", { headers: { "Content-Type": "text/html" } })],
  ["texts", () => new Response("hello")],
  ["documents without an issuer", () => Response.json({ openapi: "3.1.0" })],
  ["issuers that are no ordinary URL", () => Response.json({ issuer: "https://a.example/<script>" })],
  ["status 500", () => new Response(null, { status: 500 })],
];
for (const [what, answer] of STRANGE) {
  Deno.test(`the search finds nobody among ${what}`, async () => {
    assertEquals(await searchProvider(HOST, host({}, answer).safeFetch), undefined);
  });
}

Deno.test("an examination of the longest path makes at most 27 requests, all to the host that was given", async () => {
  const { safeFetch, asked } = host({});

  const checks = await examine({ issuer: `${HOST}/a/b/c/d/e/f/g/h` }, "secret", safeFetch, false);

  assertEquals(listFindings(checks), ["document_not_found"]);
  assertEquals([asked.length, new Set(asked).size], [27, 27]);
});

Deno.test("the doctor says at which issuer a provider stands, and tries no client there", async () => {
  const { safeFetch, asked } = host({ [`/api/auth${OPENID}`]: `${HOST}/api/auth` });

  const [check] = await examine({ issuer: HOST }, "secret", safeFetch, false);

  assertEquals({ ...check }, {
    id: "reachable",
    state: "failed",
    finding: "document_elsewhere",
    seen: `No provider describes itself there, and on this host one does: ${HOST}/api/auth`,
    advice: `Give exactly ${HOST}/api/auth as issuer`,
  });
  assertEquals(asked.every((path) => path.includes("/.well-known/")), true);
});

Deno.test("the doctor tells an issuer whose document is in another place, so that its endpoints can be named", async () => {
  const { safeFetch } = host({ [`/api/auth${OPENID}`]: HOST });

  const [check] = await examine({ issuer: HOST }, "secret", safeFetch, false);

  assertEquals([check?.finding, check?.seen], [
    "document_misplaced",
    `The document of this issuer is not where the issuer says, but at ${HOST}/api/auth${OPENID}`,
  ]);
});

const NOT_SEARCHED: [what: string, answer: () => Response, asked: number][] = [
  ["fails", () => new Response(null, { status: 503 }), 1],
  ["is busy", () => new Response(null, { status: 429 }), 1],
  ["has another issuer's document", () => Response.json({ issuer: "https://other.example" }), 2],
];
for (const [what, answer, count] of NOT_SEARCHED) {
  Deno.test(`the doctor does not search a host that ${what}`, async () => {
    const { safeFetch, asked } = host({}, answer);

    await examine({ issuer: HOST }, "secret", safeFetch, false);

    assertEquals(asked.length, count);
  });
}

Deno.test("the doctor does not search where the endpoints are named", async () => {
  const { safeFetch, asked } = host({ [`/api/auth${OPENID}`]: `${HOST}/api/auth` });

  await examine(
    { issuer: HOST, authorization_endpoint: `${HOST}/authorize`, token_endpoint: `${HOST}/token` },
    "secret",
    safeFetch,
    false,
  );

  assertEquals(asked.filter((path) => path.includes("/.well-known/")), [OPENID, OAUTH]);
});
