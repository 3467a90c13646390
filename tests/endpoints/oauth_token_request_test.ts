import { assertEquals } from "@std/assert";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { buildTokenEndpoint } from "../../functions/oauth-token/handler.ts";
import { assertJson } from "../support/client/answers.ts";
import { buildDependencies } from "../support/functions/dependencies.ts";
import { onlyArguments } from "../support/database/fake_database.ts";
import { reasons } from "../support/stack/log_lines.ts";
import { buildGrant, RESOURCE } from "../support/database/records.ts";
import {
  basic,
  type Changes,
  codeGrantRequest,
  refreshGrantRequest,
  tokenRequest,
} from "../support/client/requests.ts";

const METHODS: [name: string, changes: Changes, headers: Record<string, string>, secret: string | null][] = [
  ["none", {}, {}, null],
  ["client_secret_post", { client_secret: "secret-1" }, {}, "secret-1"],
  ["client_secret_basic", { client_id: null }, basic("client-1", "secret-1"), "secret-1"],
  ["client_secret_basic and client_id", {}, basic("client-1", "secret-1"), "secret-1"],
];
for (const [name, changes, headers, secret] of METHODS) {
  Deno.test(`POST /oauth-token lets a client authenticate by ${name}`, async () => {
    const dependencies = buildDependencies({
      redeem_authorization_code: { outcome: "redeemed", ...buildGrant() },
    });

    const response = await buildTokenEndpoint(dependencies)(codeGrantRequest(changes, headers));

    const args = onlyArguments(dependencies.database, "redeem_authorization_code");
    assertEquals(
      [response.status, args.p_client_id, args.p_client_secret_hash],
      [200, "client-1", secret === null ? null : hashSecret(secret)],
    );
  });
}

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const REFUSED: [
  what: string,
  request: () => Request,
  status: number,
  error: string,
  description: string,
  reason: string,
][] = [
  [
    "no grant type",
    () => codeGrantRequest({ grant_type: null }),
    400,
    "invalid_request",
    "Cannot issue tokens: grant_type is missing",
    "grant_type_missing",
  ],
  ...["password", "client_credentials", "implicit", "urn:ietf:params:oauth:grant-type:device_code"].map(
    (grant_type): typeof REFUSED[number] => [
      `the grant type ${grant_type}`,
      () => codeGrantRequest({ grant_type }),
      400,
      "unsupported_grant_type",
      "Cannot issue tokens: the grant types are authorization_code and refresh_token",
      "unsupported_grant_type",
    ],
  ),
  [
    "no code",
    () => codeGrantRequest({ code: null }),
    400,
    "invalid_request",
    "Cannot redeem code: it is missing",
    "code_missing",
  ],
  [
    "no refresh token",
    () => refreshGrantRequest({ refresh_token: null }),
    400,
    "invalid_request",
    "Cannot refresh: refresh_token is missing",
    "refresh_token_missing",
  ],
  [
    "no client",
    () => codeGrantRequest({ client_id: null }),
    401,
    "invalid_client",
    "Cannot tell who asks: client_id is missing",
    "client_id_missing",
  ],
  [
    "a client that names itself twice",
    () => codeGrantRequest({ client_secret: "secret-1" }, basic("client-1", "secret-1")),
    400,
    "invalid_request",
    "Cannot tell who asks: the client names itself in two ways",
    "client_named_twice",
  ],
  [
    "a bearer token for credentials",
    () => codeGrantRequest({}, { Authorization: "Bearer abc" }),
    401,
    "invalid_client",
    "Cannot authenticate client: it is unknown here or its secret is wrong",
    "authorization_malformed",
  ],
  [
    "two resources",
    () => codeGrantRequest({ resource: [RESOURCE, "https://auth.example.com/mcp/other"] }),
    400,
    "invalid_target",
    "Cannot issue tokens: a token is for one resource",
    "several_resources",
  ],
  ...["code", "client_id", "code_verifier", "grant_type", "redirect_uri"].map((
    name,
  ): typeof REFUSED[number] => [
    `${name} twice`,
    () => codeGrantRequest({ [name]: ["a", "b"] }),
    400,
    "invalid_request",
    "Cannot read request: a parameter is repeated",
    "parameter_repeated",
  ]),
  [
    "a NUL in the client's id",
    () => codeGrantRequest({ client_id: "client\0" }),
    400,
    "invalid_request",
    "Cannot read request: a parameter holds a NUL character",
    "parameter_malformed",
  ],
  [
    "JSON",
    () => tokenRequest("{}", { "Content-Type": "application/json" }),
    415,
    "unsupported_media_type",
    "Cannot read request: the body must be application/x-www-form-urlencoded",
    "unsupported_media_type",
  ],
  [
    "a multipart form",
    () => tokenRequest(new FormData()),
    415,
    "unsupported_media_type",
    "Cannot read request: the body must be application/x-www-form-urlencoded",
    "unsupported_media_type",
  ],
  [
    "an empty body",
    () => tokenRequest("", FORM),
    401,
    "invalid_client",
    "Cannot tell who asks: client_id is missing",
    "client_id_missing",
  ],
  [
    "an oversized body",
    () => codeGrantRequest({ padding: "x".repeat(64 * 1024) }),
    413,
    "payload_too_large",
    "Cannot read body: it is larger than 65536 bytes",
    "payload_too_large",
  ],
  [
    "invalid UTF-8",
    () => tokenRequest(new Uint8Array([0x61, 0x3d, 0xff]), FORM),
    400,
    "invalid_request",
    "Cannot read request: the body is not UTF-8",
    "utf8_malformed",
  ],
];
for (const [what, request, status, error, description, reason] of REFUSED) {
  Deno.test(`POST /oauth-token answers ${error} to ${what} and asks no database`, async () => {
    const dependencies = buildDependencies();

    const response = await buildTokenEndpoint(dependencies)(request());

    await assertJson(response, status, { error, error_description: description });
    assertEquals(reasons(dependencies.logged), [reason]);
  });
}

Deno.test("POST /oauth-token reads no credentials from the query", async () => {
  const request = codeGrantRequest({ client_id: null });

  const response = await buildTokenEndpoint(buildDependencies())(
    new Request(`${request.url}?client_id=client-1`, request),
  );

  await assertJson(response, 401, {
    error: "invalid_client",
    error_description: "Cannot tell who asks: client_id is missing",
  });
});

for (const method of ["GET", "PUT", "DELETE"]) {
  Deno.test(`${method} /oauth-token is refused`, async () => {
    const response = await buildTokenEndpoint(buildDependencies())(
      new Request("http://edge/oauth-token/demo", { method }),
    );

    assertEquals(response.headers.get("Allow"), "POST");
    await assertJson(response, 405, {
      error: "method_not_allowed",
      error_description: "Cannot use this method: the endpoint takes POST",
    });
  });
}

Deno.test("OPTIONS /oauth-token lets a page of any origin ask for tokens", async () => {
  const response = await buildTokenEndpoint(buildDependencies())(
    new Request("http://edge/oauth-token/demo", { method: "OPTIONS" }),
  );

  assertEquals(
    [
      response.status,
      response.headers.get("Access-Control-Allow-Origin"),
      response.headers.get("Access-Control-Allow-Methods"),
      response.headers.has("Access-Control-Allow-Credentials"),
    ],
    [204, "*", "POST", false],
  );
});

for (const path of ["", "/", "/demo//", "/demo/more", "/De_mo"]) {
  Deno.test(`POST /oauth-token${path} is a 404`, async () => {
    const response = await buildTokenEndpoint(buildDependencies())(
      new Request(`http://edge/oauth-token${path}`, codeGrantRequest()),
    );

    await assertJson(response, 404, {
      error: "not_found",
      error_description: "Cannot find this page: nothing is served at this address",
    });
  });
}
