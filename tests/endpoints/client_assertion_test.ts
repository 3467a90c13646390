/**
 * Client assertions at the three endpoints that a client proves itself at.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { buildIntrospectionEndpoint } from "../../functions/oauth-introspect/handler.ts";
import { buildRevocationEndpoint } from "../../functions/oauth-revoke/handler.ts";
import { buildTokenEndpoint } from "../../functions/oauth-token/handler.ts";
import { assertJson } from "../support/client/answers.ts";
import {
  type AssertionChanges,
  assertionForm,
  makeClientKey,
  signAssertion,
} from "../support/client/assertions.ts";
import { basic, change, type Changes, CODE_VERIFIER, REFRESH_TOKEN } from "../support/client/requests.ts";
import type { Answers, Row } from "../support/database/fake_database.ts";
import { buildGrant, ISSUER, RESOURCE } from "../support/database/records.ts";
import { buildDependencies, NOW, type TestDependencies } from "../support/functions/dependencies.ts";
import { assertNothingLogged, reasons } from "../support/stack/log_lines.ts";

const JWKS_URI = "https://app.example.com/jwks.json";
const [key, stranger] = [await makeClientKey("1"), await makeClientKey("1")];
const NEVER_FETCHED: string[] = [];
const INVALID = {
  error: "invalid_client",
  error_description: "Cannot authenticate client: it is unknown here or its assertion is not valid",
};

/** What `find_mcp_client` answers for a registered client with a key set. */
function found(changes: Record<string, unknown> = {}): Row {
  return {
    outcome: "found",
    client_id: "client-1",
    kind: "dynamic",
    keys: { jwks_uri: JWKS_URI },
    ...changes,
  };
}

/** An endpoint, its own URL, a valid request to it, and what it asks SQL. */
interface Endpoint {
  build: (dependencies: TestDependencies) => (request: Request) => Promise<Response>;
  url: string;
  form: Record<string, string>;
  call: "redeem_authorization_code" | "rotate_refresh_token" | "revoke_token" | "introspect_own_token";
  done: Row;
}

const ENDPOINTS: Record<string, Endpoint> = {
  "oauth-token with a code": {
    build: buildTokenEndpoint,
    url: "https://auth.example.com/oauth-token/demo",
    form: {
      grant_type: "authorization_code",
      code: "code-1",
      redirect_uri: "https://app.example.com/callback",
      code_verifier: CODE_VERIFIER,
      resource: RESOURCE,
    },
    call: "redeem_authorization_code",
    done: { outcome: "redeemed", ...buildGrant() },
  },
  "oauth-token with a refresh token": {
    build: buildTokenEndpoint,
    url: "https://auth.example.com/oauth-token/demo",
    form: { grant_type: "refresh_token", refresh_token: REFRESH_TOKEN },
    call: "rotate_refresh_token",
    done: { outcome: "rotated", ...buildGrant() },
  },
  "oauth-revoke": {
    build: buildRevocationEndpoint,
    url: "https://auth.example.com/oauth-revoke/demo",
    form: { token: REFRESH_TOKEN },
    call: "revoke_token",
    done: { outcome: "unknown" },
  },
  "oauth-introspect": {
    build: buildIntrospectionEndpoint,
    url: "https://auth.example.com/oauth-introspect/demo",
    form: { token: REFRESH_TOKEN },
    call: "introspect_own_token",
    done: { outcome: "inactive" },
  },
};

interface Sent {
  response: Response;
  dependencies: TestDependencies;
  fetched: string[];
}

/** Sends an endpoint a request of a client that the test names, over a network that holds its key set. */
async function send(
  { build, url, form }: Endpoint,
  answers: Answers,
  changes: Changes,
  headers: Record<string, string> = {},
  keys: unknown = { keys: [key.publicJwk] },
): Promise<Sent> {
  const fetched: string[] = [];
  const dependencies = buildDependencies(answers, {
    safeFetch: (address) => {
      fetched.push(address);
      return Promise.resolve(
        typeof keys === "number" ? new Response(null, { status: keys }) : Response.json(keys),
      );
    },
  });
  const request = new Request(url.replace("https://auth.example.com", "http://edge"), {
    method: "POST",
    headers,
    body: change(form, changes),
  });
  return { response: await build(dependencies)(request), dependencies, fetched };
}

function sign(audience: string, changes: AssertionChanges = {}, signer = key): Promise<string> {
  return signAssertion("client-1", audience, signer, changes, NOW);
}

for (const [name, endpoint] of Object.entries(ENDPOINTS)) {
  const answers: Answers = { find_mcp_client: found(), [endpoint.call]: endpoint.done };
  const audiences = new Set([ISSUER, "https://auth.example.com/oauth-token/demo", endpoint.url]);

  for (const audience of audiences) {
    Deno.test(`POST /${name} takes an assertion for ${audience}, and SQL learns of it`, async () => {
      const assertion = await sign(audience, { claims: { jti: "id-1" } });

      const { response, dependencies, fetched } = await send(endpoint, answers, assertionForm(assertion));

      assertEquals([response.status, fetched], [200, [JWKS_URI]]);
      assertEquals(dependencies.database.calls.map((call) => call.name), ["find_mcp_client", endpoint.call]);
      const { args } = dependencies.database.calls[1]!;
      assertEquals(
        [args["p_client_id"], args["p_assertion_hash"], args["p_assertion_expires_at"]],
        ["client-1", hashSecret("id-1"), new Date(NOW + 120_000).toISOString()],
      );
      assertNothingLogged(dependencies.logged, [assertion, "id-1"]);
    });
  }

  const REFUSED: [what: string, changes: () => Promise<Changes>, reason: string][] = [
    [
      "for another endpoint",
      async () => assertionForm(await sign("https://auth.example.com/oauth-userinfo/demo")),
      "assertion_audience_wrong",
    ],
    [
      "for another server",
      async () => assertionForm(await sign("https://auth.example.com/oauth/other")),
      "assertion_audience_wrong",
    ],
    [
      "that has expired",
      async () => assertionForm(await sign(ISSUER, { claims: { exp: NOW / 1000 - 61 } })),
      "assertion_expired",
    ],
    [
      "that lives for a day",
      async () => assertionForm(await sign(ISSUER, { claims: { exp: NOW / 1000 + 86400 } })),
      "assertion_lives_too_long",
    ],
    [
      "without an id",
      async () => assertionForm(await sign(ISSUER, { claims: { jti: undefined } })),
      "assertion_id_missing",
    ],
    [
      "of another client",
      async () => assertionForm(await sign(ISSUER, { claims: { iss: "client-2" } })),
      "assertion_subject_wrong",
    ],
    [
      "beside another client_id",
      async () => ({ ...assertionForm(await sign(ISSUER)), client_id: "client-2" }),
      "assertion_of_other_client",
    ],
    [
      "of another type",
      async () => ({ ...assertionForm(await sign(ISSUER)), client_assertion_type: "jwt-bearer" }),
      "assertion_type_unknown",
    ],
    ["that is none", () => Promise.resolve(assertionForm("a.b.c")), "assertion_malformed"],
  ];
  for (const [what, changes, reason] of REFUSED) {
    Deno.test(`POST /${name} refuses an assertion ${what}, and asks nobody`, async () => {
      const { response, dependencies, fetched } = await send(endpoint, {}, await changes());

      assertEquals(response.headers.get("WWW-Authenticate"), 'Basic realm="gatepost"');
      await assertJson(response, 401, INVALID);
      assertEquals([reasons(dependencies.logged), fetched], [[reason], NEVER_FETCHED]);
    });
  }

  Deno.test(`POST /${name} refuses an assertion that another key signed, and SQL is not asked`, async () => {
    const { response, dependencies, fetched } = await send(
      endpoint,
      { find_mcp_client: found() },
      assertionForm(await sign(ISSUER, {}, stranger)),
    );

    await assertJson(response, 401, INVALID);
    assertEquals([reasons(dependencies.logged), fetched], [["assertion_signature_wrong"], [
      JWKS_URI,
      JWKS_URI,
    ]]);
  });

  Deno.test(`POST /${name} refuses an assertion beside a secret`, async () => {
    const form = assertionForm(await sign(ISSUER));
    const [posted, basically] = [
      await send(endpoint, {}, { ...form, client_secret: "secret-1" }),
      await send(endpoint, {}, form, basic("client-1", "secret-1")),
    ];

    for (const { response } of [posted, basically]) {
      await assertJson(response, 400, {
        error: "invalid_request",
        error_description: "Cannot tell who asks: the client names itself in two ways",
      });
    }
  });

  for (const outcome of ["assertion_replayed", "assertion_expired", "assertion_required"]) {
    Deno.test(`POST /${name} answers invalid_client to ${outcome}`, async () => {
      const { response, dependencies } = await send(
        endpoint,
        { find_mcp_client: found(), [endpoint.call]: { outcome } },
        assertionForm(await sign(ISSUER)),
      );

      await assertJson(response, 401, INVALID);
      assertEquals(reasons(dependencies.logged), [outcome]);
    });
  }

  Deno.test(`POST /${name} is 503 to a client that sends too many assertions`, async () => {
    const { response } = await send(
      endpoint,
      { find_mcp_client: found(), [endpoint.call]: { outcome: "too_many_assertions" } },
      assertionForm(await sign(ISSUER)),
    );

    assertEquals([response.status, response.headers.get("Retry-After")], [503, "5"]);
    await response.body?.cancel();
  });

  Deno.test(`POST /${name} is 503 while the client's keys are out of reach`, async () => {
    const { response, dependencies } = await send(
      endpoint,
      { find_mcp_client: found() },
      assertionForm(await sign(ISSUER)),
      {},
      403,
    );

    assertEquals([response.status, reasons(dependencies.logged)], [503, ["client_keys_unavailable"]]);
    await response.body?.cancel();
  });

  Deno.test(`POST /${name} refuses an assertion of a client that nobody knows`, async () => {
    const { response } = await send(
      endpoint,
      { find_mcp_client: { outcome: "unknown_client", client_id: null, kind: null, keys: null } },
      assertionForm(await sign(ISSUER)),
    );

    await assertJson(response, 401, INVALID);
  });
}

const REVOCATION = ENDPOINTS["oauth-revoke"]!;

Deno.test("a client and its keys are asked for once, and for keys that nobody knew once more", async () => {
  const second = await makeClientKey("2");
  const network = { keys: [key.publicJwk] };
  const fetched: string[] = [];
  const dependencies = buildDependencies({ find_mcp_client: found(), revoke_token: { outcome: "unknown" } }, {
    safeFetch: (address) => {
      fetched.push(address);
      return Promise.resolve(Response.json(network));
    },
  });
  const endpoint = buildRevocationEndpoint(dependencies);
  const revoke = async (signer: typeof key): Promise<number> => {
    const body = change(REVOCATION.form, assertionForm(await sign(ISSUER, {}, signer)));
    const response = await endpoint(new Request("http://edge/oauth-revoke/demo", { method: "POST", body }));
    await response.body?.cancel();
    return response.status;
  };

  const statuses = [await revoke(key), await revoke(key)];
  const before = fetched.length;
  network.keys = [second.publicJwk];
  statuses.push(await revoke(second), await revoke(second), await revoke(key));

  assertEquals([statuses, before, fetched.length], [[200, 200, 200, 200, 401], 1, 3]);
  assertEquals(
    dependencies.database.calls.filter(({ name }) => name === "find_mcp_client").length,
    1,
  );
});

Deno.test("a client that need not prove anything is refused with an assertion that is wrong", async () => {
  const { response } = await send(
    REVOCATION,
    { find_mcp_client: found({ keys: { jwks: { keys: [key.publicJwk] } } }) },
    assertionForm(await sign(ISSUER, {}, stranger)),
  );

  await assertJson(response, 401, INVALID);
});

Deno.test("a client without keys is refused with any assertion", async () => {
  const { response, dependencies } = await send(
    REVOCATION,
    { find_mcp_client: found({ keys: {} }) },
    assertionForm(await sign(ISSUER)),
  );

  await assertJson(response, 401, INVALID);
  assertEquals(reasons(dependencies.logged), ["client_keys_not_named"]);
});

Deno.test("an assertion in an algorithm that its client does not name is refused", async () => {
  const { response, dependencies } = await send(
    REVOCATION,
    { find_mcp_client: found({ keys: { jwks_uri: JWKS_URI, token_endpoint_auth_signing_alg: "ES256" } }) },
    assertionForm(await sign(ISSUER)),
  );

  await assertJson(response, 401, INVALID);
  assertEquals(reasons(dependencies.logged), ["assertion_algorithm_refused"]);
});
