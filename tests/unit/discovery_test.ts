import { assertEquals, assertRejects } from "@std/assert";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { buildSafeFetch } from "../../functions/_shared/http/safe_fetch.ts";
import {
  type DiscoveryDependencies,
  findIssuer as findIssuerFor,
  forgetIssuer,
} from "../../functions/_shared/upstream/discovery.ts";

const findIssuer = (
  issuer: string,
  dependencies: Parameters<typeof findIssuerFor>[2],
): ReturnType<typeof findIssuerFor> => findIssuerFor(issuer, "org_1", dependencies);

const HOST = "https://login.example.com";
const OPENID = "/.well-known/openid-configuration";
const OAUTH = "/.well-known/oauth-authorization-server";

/** A host that answers at these paths, and 404 elsewhere. */
function host(answers: Record<string, () => Response>): DiscoveryDependencies & { asked: string[] } {
  const asked: string[] = [];
  const fetchOver = (input: RequestInfo | URL): Promise<Response> => {
    const { pathname, search } = new URL((input as Request).url);
    asked.push(`${pathname}${search}`);
    return Promise.resolve(answers[pathname]?.() ?? new Response("Not found", { status: 404 }));
  };
  const resolve = (): Promise<string[]> => Promise.resolve(["93.184.215.14"]);
  return {
    asked,
    now: () => 0,
    safeFetch: buildSafeFetch({ allowPrivateUpstreams: false }, resolve, fetchOver),
  };
}

function documentOf(issuer: string, members: Record<string, unknown> = {}): () => Response {
  return () => Response.json({ issuer, token_endpoint: `${HOST}/token`, ...members });
}

const PLACES: [what: string, issuer: string, place: string][] = [
  ["behind the issuer", `${HOST}/tenant`, `/tenant${OPENID}`],
  ["behind the issuer with a final slash", `${HOST}/tenant/`, `/tenant${OPENID}`],
  ["where RFC 8414 puts it", `${HOST}/tenant`, `${OAUTH}/tenant`],
  ["before the issuer's path", `${HOST}/tenant`, `${OPENID}/tenant`],
  ["at the root", HOST, OPENID],
  ["at the root after RFC 8414", HOST, OAUTH],
];
for (const [what, issuer, place] of PLACES) {
  Deno.test(`a document is found ${what}`, async () => {
    const { token_endpoint } = await findIssuer(issuer, host({ [place]: documentOf(issuer) }));

    assertEquals(token_endpoint, `${HOST}/token`);
  });
}

Deno.test("the places are asked in one order, each once", async () => {
  const dependencies = host({});

  await assertRejects(() => findIssuer(`${HOST}/a/b`, dependencies), OAuthError);

  assertEquals(dependencies.asked, [`/a/b${OPENID}`, `${OAUTH}/a/b`, `${OPENID}/a/b`]);
});

Deno.test("what follows a document is not asked", async () => {
  const issuer = `${HOST}/tenant`;
  const dependencies = host({
    [`/tenant${OPENID}`]: documentOf(issuer),
    [`${OAUTH}/tenant`]: documentOf(issuer),
  });

  await findIssuer(issuer, dependencies);

  assertEquals(dependencies.asked, [`/tenant${OPENID}`]);
});

const NOT_HERE: [what: string, answer: () => Response, problem: string, status: number | null][] = [
  ["404", () => new Response(null, { status: 404 }), "refused", 404],
  ["410", () => new Response(null, { status: 410 }), "refused", 410],
  ["403", () => new Response("<p>no", { status: 403 }), "refused", 403],
  ["401", () => new Response(null, { status: 401 }), "refused", 401],
  ["400", () => Response.json({ error: "bad" }, { status: 400 }), "refused", 400],
  ["a redirect", () => Response.redirect(`${HOST}/login`), "redirect", null],
  ["a permanent redirect", () => Response.redirect(`${HOST}/login`, 308), "redirect", null],
  [
    "a page",
    () => new Response("\n<!doctype html>", { headers: { "Content-Type": "text/html" } }),
    "html",
    200,
  ],
  ["a text", () => new Response("hello"), "unreadable", 200],
  ["nothing", () => new Response(null, { status: 204 }), "unreadable", 204],
  ["a list", () => Response.json([]), "unreadable", 200],
  ["JSON of another kind", () => Response.json({ openapi: "3.1.0" }), "missing", 200],
  ["an issuer of another type", () => Response.json({ issuer: 7 }), "malformed", 200],
  ["another issuer", () => Response.json({ issuer: "https://other.example" }), "mismatch", 200],
  ["two megabytes", () => new Response(new Uint8Array(2 * 1024 * 1024)), "too_large", null],
];
for (const [what, answer] of NOT_HERE) {
  Deno.test(`discovery goes on at ${what}`, async () => {
    const issuer = `${HOST}/tenant`;

    const found = await findIssuer(
      issuer,
      host({ [`/tenant${OPENID}`]: answer, [`${OPENID}/tenant`]: documentOf(issuer) }),
    );

    assertEquals(found.token_endpoint, `${HOST}/token`);
  });
}
for (const [what, answer, problem, status] of NOT_HERE) {
  Deno.test(`discovery that finds ${what} and nothing else says so`, async () => {
    const dependencies = host({ [`${OAUTH}/tenant`]: answer });

    const error = await assertRejects(() => findIssuer(`${HOST}/tenant`, dependencies), OAuthError);

    assertEquals([error.detail?.["step"], error.detail?.["problem"], error.detail?.["status"]], [
      "discovery",
      problem,
      status,
    ]);
  });
}

Deno.test("the document of another issuer is said before anything else that was found", async () => {
  const error = await assertRejects(
    () =>
      findIssuer(
        `${HOST}/tenant`,
        host({
          [`/tenant${OPENID}`]: () => new Response("<html>"),
          [`${OAUTH}/tenant`]: documentOf(`${HOST}/tenant/`),
          [`${OPENID}/tenant`]: () => new Response(null, { status: 403 }),
        }),
      ),
    OAuthError,
  );

  assertEquals([error.code, error.reason, error.detail], ["server_error", "upstream_untrusted", {
    step: "discovery",
    status: 200,
    error_code: null,
    member: "issuer",
    problem: "mismatch",
    issuer: `${HOST}/tenant/`,
  }]);
});

for (const status of [408, 425, 429, 500, 502, 503]) {
  Deno.test(`discovery waits for another moment at ${status}`, async () => {
    const issuer = `${HOST}/tenant`;
    const dependencies = host({
      [`/tenant${OPENID}`]: () => new Response(null, { status }),
      [`${OAUTH}/tenant`]: documentOf(issuer),
    });

    const error = await assertRejects(() => findIssuer(issuer, dependencies), OAuthError);

    assertEquals([error.code, dependencies.asked.length], ["temporarily_unavailable", 1]);
  });
}

Deno.test("a document is kept with what is used of it, and with nothing that is null", async () => {
  const document = documentOf(HOST, {
    authorization_endpoint: `${HOST}/authorize`,
    userinfo_endpoint: null,
    claims_supported: ["sub"],
    prompt_values_supported: ["login", 7],
    authorization_response_iss_parameter_supported: true,
  });

  assertEquals(await findIssuer(HOST, host({ [OPENID]: document })), {
    issuer: HOST,
    authorization_endpoint: `${HOST}/authorize`,
    token_endpoint: `${HOST}/token`,
    authorization_response_iss_parameter_supported: true,
    prompt_values_supported: ["login"],
  });
});

const KEPT: [what: string, members: Record<string, unknown>, asked: number][] = [
  ["with which people can log in is asked for once", { authorization_endpoint: `${HOST}/authorize` }, 1],
  ["without an authorization endpoint is asked for again", {}, 2],
  ["without a token endpoint is asked for again", {
    authorization_endpoint: `${HOST}/authorize`,
    token_endpoint: null,
  }, 2],
];
for (const [what, members, asked] of KEPT) {
  Deno.test(`a document ${what}`, async () => {
    const provider = host({ [OPENID]: documentOf(HOST, members) });

    await findIssuer(HOST, provider);
    await findIssuer(HOST, provider);

    assertEquals(provider.asked, Array(asked).fill(OPENID));
  });
}

Deno.test("a document is asked for again when something that it names did not work", async () => {
  const provider = host({ [OPENID]: documentOf(HOST, { authorization_endpoint: `${HOST}/authorize` }) });

  await findIssuer(HOST, provider);
  forgetIssuer(HOST, provider);
  await findIssuer(HOST, provider);

  assertEquals(provider.asked, [OPENID, OPENID]);
});

const OTHER_TEXTS: [what: string, body: (json: string) => BodyInit, type: string][] = [
  ["a byte order mark", (json) => `\ufeff${json}`, "application/json"],
  ["the type of a text", (json) => json, "text/plain"],
  ["the type of a page", (json) => json, "text/html"],
  ["no type", (json) => new TextEncoder().encode(json), ""],
];
for (const [what, body, type] of OTHER_TEXTS) {
  Deno.test(`a document with ${what} is read`, async () => {
    const answer = (): Response =>
      new Response(body(JSON.stringify({ issuer: HOST })), type ? { headers: { "Content-Type": type } } : {});

    assertEquals((await findIssuer(HOST, host({ [OPENID]: answer }))).issuer, HOST);
  });
}

/** openai/codex#38973, nextauthjs/next-auth#13440: Entra's document for all tenants. */
const TEMPLATE = `${HOST}/{tenantid}/v2.0`;
for (const segment of ["common", "organizations"]) {
  Deno.test(`a document at ${segment} may name a template as its issuer`, async () => {
    const { issuer } = await findIssuer(
      `${HOST}/${segment}/v2.0`,
      host({ [`/${segment}/v2.0${OPENID}`]: documentOf(TEMPLATE) }),
    );

    assertEquals(issuer, TEMPLATE);
  });
}

for (const tenant of ["8a1b6f02-4b0c-4d7e-9a3f-5c2d1e0f9b8a", "contoso.example"]) {
  Deno.test(`an issuer that names the tenant ${tenant} keeps it, whatever template its document names`, async () => {
    const { issuer } = await findIssuer(
      `${HOST}/${tenant}/v2.0`,
      host({ [`/${tenant}/v2.0${OPENID}`]: documentOf(TEMPLATE) }),
    );

    assertEquals(issuer, `${HOST}/${tenant}/v2.0`);
  });
}

const FOREIGN_TEMPLATES = [
  "https://evil.example/{tenantid}/v2.0",
  `${HOST}/{tenantid}/v1.0`,
  `${HOST}/{tenantid}/{tenantid}`,
  `${HOST}/{tenantid}`,
  `${HOST}/common/{tenantid}/v2.0`,
  `${HOST}/common/{tenantid}`.replace("{tenantid}", "x{tenantid}"),
  "https://{tenantid}/common/v2.0",
  "{tenantid}//login.example.com/common/v2.0",
];
for (const template of FOREIGN_TEMPLATES) {
  Deno.test(`a document at common may not name ${template}`, async () => {
    const error = await assertRejects(
      () => findIssuer(`${HOST}/common/v2.0`, host({ [`/common/v2.0${OPENID}`]: documentOf(template) })),
      OAuthError,
    );

    assertEquals([error.reason, error.detail?.["member"]], ["upstream_untrusted", "issuer"]);
  });
}
