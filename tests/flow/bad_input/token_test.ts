/**
 * Token requests that are refused: by shape, by client, by what became of the code or the refresh token.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { decodeJwt } from "jose";
import { hashSecret } from "../../../functions/_shared/secrets/secrets.ts";
import {
  callTool,
  connect,
  discover,
  type LoggedInClient,
  logIn,
  postForm,
  redemptionForm,
  REDIRECT_URI,
  refreshForm,
  register,
  type RegisteredClient,
  requestTokens,
} from "../../support/client/mcp_client.ts";
import { assertRefused } from "../../support/client/refusals.ts";
import { useStack } from "../../support/stack/stack.ts";

const stack = await useStack("own");
const ada = { userName: "ada" };
const OTHER_VERIFIER = "v".repeat(43);

type Form = Record<string, string>;
type Changes = Record<string, string | undefined>;

const refusedForms: { what: string; change: Changes; status?: number; error: string }[] = [
  { what: "no grant type", change: { grant_type: undefined }, error: "invalid_request" },
  {
    what: "the grant type password",
    change: { grant_type: "password" },
    error: "unsupported_grant_type",
  },
  { what: "no code", change: { code: undefined }, error: "invalid_request" },
  { what: "an unknown code", change: { code: "unknown" }, error: "invalid_grant" },
  { what: "no client", change: { client_id: undefined }, status: 401, error: "invalid_client" },
  {
    what: "an unknown client",
    change: { client_id: "mcr_unknown" },
    status: 401,
    error: "invalid_client",
  },
  { what: "another redirect URI", change: { redirect_uri: `${REDIRECT_URI}/other` }, error: "invalid_grant" },
  { what: "no redirect URI", change: { redirect_uri: undefined }, error: "invalid_grant" },
  { what: "another verifier", change: { code_verifier: OTHER_VERIFIER }, error: "invalid_grant" },
  { what: "no verifier", change: { code_verifier: undefined }, error: "invalid_grant" },
  { what: "a verifier of 42 characters", change: { code_verifier: "v".repeat(42) }, error: "invalid_grant" },
  {
    what: "the resource of another server",
    change: { resource: "https://example.com/mcp" },
    error: "invalid_target",
  },
];

for (const { what, change, status = 400, error } of refusedForms) {
  Deno.test(`a redemption with ${what} answers ${error}`, async () => {
    const { client, form } = await prepareRedemption();

    const response = await postToken(client, { ...form, ...change });

    await assertRefused(response, status, error);
  });
}

Deno.test("a code that was presented with another verifier is dead", async () => {
  const { client, form } = await prepareRedemption();
  await (await postToken(client, { ...form, code_verifier: OTHER_VERIFIER })).body?.cancel();

  await assertRefused(await postToken(client, form), 400, "invalid_grant");
});

Deno.test("a code that another client presents is refused and dead", async () => {
  const { client, form } = await prepareRedemption();
  const other = await register(client.discovery);

  await assertRefused(await postToken(other, { ...form, client_id: other.clientId }), 400, "invalid_grant");
  await assertRefused(await postToken(client, form), 400, "invalid_grant");
});

Deno.test("a code of more than a minute ago is refused", async () => {
  const { client, form } = await prepareRedemption();
  await stack.sql`
    update public.mcp_authorization_codes set expires_at = now()
    where code_hash = ${hashSecret(form["code"]!)}`;

  await assertRefused(await postToken(client, form), 400, "invalid_grant");
});

Deno.test("a code that is replayed is refused, and what it gave is revoked", async () => {
  const { client, form } = await prepareRedemption();
  const tokens = await requestTokens(client.discovery, form);

  await assertRefused(await postToken(client, form), 400, "invalid_grant");

  await assertRefused(
    await postToken(client, refreshForm(client, tokens.refresh_token)),
    400,
    "invalid_grant",
  );
  assertEquals(await readRevocation(tokens.access_token), "code_replayed");
  const call = await fetch(stack.status.MCP_URL, {
    method: "POST",
    headers: { Authorization: `Bearer ${tokens.access_token}` },
  });
  await assertRefused(call, 401, "invalid_token");
});

Deno.test("a code is refused alike whatever is wrong with it", async () => {
  const { client, form } = await prepareRedemption();
  const answers = [];
  for (const change of [{ code: "unknown" }, { code_verifier: OTHER_VERIFIER }, {}]) {
    answers.push(await assertRefused(await postToken(client, { ...form, ...change }), 400, "invalid_grant"));
  }

  assertEquals(new Set(answers).size, 1);
});

const confidential: { what: string; change: Changes; headers?: (client: RegisteredClient) => string }[] = [
  { what: "no secret", change: { client_secret: undefined } },
  { what: "a wrong secret", change: { client_secret: "wrong" } },
  {
    what: "a wrong secret in the header",
    change: { client_secret: undefined },
    headers: ({ clientId }) => `Basic ${btoa(`${clientId}:wrong`)}`,
  },
  {
    what: "a header that is not Basic",
    change: { client_secret: undefined },
    headers: () => "Bearer something",
  },
  { what: "a header that is not Base64", change: { client_secret: undefined }, headers: () => "Basic %%%" },
];

for (const { what, change, headers } of confidential) {
  Deno.test(`a confidential client with ${what} gets invalid_client, and its code lives`, async () => {
    const { client, form } = await prepareRedemption({ token_endpoint_auth_method: "client_secret_post" });

    const response = await postToken(
      client,
      { ...form, ...change },
      headers ? { Authorization: headers(client) } : {},
    );

    assertEquals(response.headers.get("WWW-Authenticate"), 'Basic realm="gatepost"');
    await assertRefused(response, 401, "invalid_client");
    await requestTokens(client.discovery, form);
  });
}

Deno.test("a public client may send a secret all the same, which is ignored", async () => {
  const { client, form } = await prepareRedemption();

  await requestTokens(client.discovery, { ...form, client_secret: "none" });
});

Deno.test("a client that names itself in header and form at once gets invalid_request", async () => {
  const { client, form } = await prepareRedemption({ token_endpoint_auth_method: "client_secret_post" });
  const basic = `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}`;

  await assertRefused(await postToken(client, form, { Authorization: basic }), 400, "invalid_request");
});

for (const authMethod of ["client_secret_basic", "client_secret_post"]) {
  Deno.test(`a client that registered ${authMethod} may send its secret in header and form alike`, async () => {
    const client = await register(await discover(stack.status.MCP_URL), {
      token_endpoint_auth_method: authMethod,
    });
    const basic = `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}`;

    const byPost = await prepareForm(client);
    await requestTokens(client.discovery, byPost);
    const { client_secret: _, client_id: __, ...byHeader } = await prepareForm(client);
    const response = await postToken(client, byHeader, { Authorization: basic });

    assertEquals(response.status, 200);
    await response.body?.cancel();
  });
}

Deno.test("a refresh token that is unknown, malformed or missing is refused", async () => {
  const client = await connect(stack.status.MCP_URL, ada);
  const form = refreshForm(client, client.tokens.refresh_token);

  for (const refresh_token of [`gpr_${"A".repeat(65)}`, "malformed", client.tokens.access_token]) {
    await assertRefused(await postToken(client, { ...form, refresh_token }), 400, "invalid_grant");
  }
  const missing = await postToken(client, { ...form, refresh_token: undefined });
  await assertRefused(missing, 400, "invalid_request");
  await requestTokens(client.discovery, form);
});

Deno.test("a refresh token that another client presents is refused, and its own client keeps it", async () => {
  const client = await connect(stack.status.MCP_URL, ada);
  const thief = await register(client.discovery);

  await assertRefused(await refresh(thief, client.tokens.refresh_token), 400, "invalid_grant");

  await requestTokens(client.discovery, refreshForm(client, client.tokens.refresh_token));
});

Deno.test("a refresh token of a month ago is refused", async () => {
  const client = await connect(stack.status.MCP_URL, ada);
  await changeFamily(client, "expires_at = now()");

  await assertRefused(await refresh(client, client.tokens.refresh_token), 400, "invalid_grant");
});

Deno.test("a refresh token that is used again after a minute is refused, and its family revoked", async () => {
  const client = await connect(stack.status.MCP_URL, ada);
  const next = await requestTokens(client.discovery, refreshForm(client, client.tokens.refresh_token));
  await changeFamily(client, "rotated_at = now() - interval '61 seconds'");

  await assertRefused(await refresh(client, client.tokens.refresh_token), 400, "invalid_grant");

  await assertRefused(await refresh(client, next.refresh_token), 400, "invalid_grant");
  assertEquals(await readRevocation(next.access_token), "refresh_token_reused");
});

Deno.test("a refresh token of two rotations ago is refused after a minute, and its family revoked", async () => {
  const client = await connect(stack.status.MCP_URL, ada);
  const second = await requestTokens(client.discovery, refreshForm(client, client.tokens.refresh_token));
  const third = await requestTokens(client.discovery, refreshForm(client, second.refresh_token));
  await changeFamily(client, "rotated_at = now() - interval '61 seconds'");

  await assertRefused(await refresh(client, client.tokens.refresh_token), 400, "invalid_grant");

  await assertRefused(await refresh(client, third.refresh_token), 400, "invalid_grant");
});

Deno.test("a refresh for another resource is refused, and the token kept", async () => {
  const client = await connect(stack.status.MCP_URL, ada);
  const form = refreshForm(client, client.tokens.refresh_token);

  const response = await postToken(client, { ...form, resource: "https://example.com/mcp" });

  await assertRefused(response, 400, "invalid_target");
  await requestTokens(client.discovery, { ...form, resource: `${stack.status.MCP_URL}/` });
});

Deno.test("a refresh of a user who is blocked is refused", async () => {
  const client = await connect(stack.status.MCP_URL, { userName: "troll" });
  await stack.sql`update public.mcp_server_user set blocked_at = now() where upstream_sub = 'troll'`;

  await assertRefused(await refresh(client, client.tokens.refresh_token), 400, "invalid_grant");
});

Deno.test("a refresh may ask for less scope, and gets all of it for more", async () => {
  const client = await connect(stack.status.MCP_URL, ada);

  const less = await requestTokens(client.discovery, {
    ...refreshForm(client, client.tokens.refresh_token),
    scope: "openid email",
  });
  const more = await requestTokens(client.discovery, {
    ...refreshForm(client, less.refresh_token),
    scope: "admin",
  });

  assertEquals(less.scope, "openid email");
  assertEquals(more.scope, "openid email profile offline_access");
  assertEquals(await callTool(stack.status.MCP_URL, less.access_token, "add", { a: 2, b: 40 }), "42");
});

Deno.test("POST /oauth-token refuses a parameter that is repeated", async () => {
  const { client, form } = await prepareRedemption();
  const body = new URLSearchParams(form);
  body.append("code", "another");

  await assertRefused(await fetch(endpoint(), { method: "POST", body }), 400, "invalid_request");
  await requestTokens(client.discovery, form);
});

const refusedBodies: { what: string; init: RequestInit; status: number; error: string }[] = [
  {
    what: "JSON",
    init: { body: "{}", headers: { "Content-Type": "application/json" } },
    status: 415,
    error: "unsupported_media_type",
  },
  { what: "no body", init: {}, status: 415, error: "unsupported_media_type" },
  {
    what: "a form of 65 KiB",
    init: { body: new URLSearchParams({ code: "a".repeat(65 * 1024) }) },
    status: 413,
    error: "payload_too_large",
  },
  {
    what: "a form that is not UTF-8",
    init: {
      body: new Uint8Array([0xff, 0xfe]),
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    },
    status: 400,
    error: "invalid_request",
  },
];

for (const { what, init, status, error } of refusedBodies) {
  Deno.test(`POST /oauth-token answers ${status} to ${what}`, async () => {
    await assertRefused(await fetch(endpoint(), { method: "POST", ...init }), status, error);
  });
}

for (const method of ["GET", "PUT", "DELETE"]) {
  Deno.test(`${method} /oauth-token answers 405`, async () => {
    const response = await fetch(endpoint(), { method });

    assertEquals(response.headers.get("Allow"), "POST");
    await assertRefused(response, 405, "method_not_allowed");
  });
}

Deno.test("POST /oauth-token answers 404 for an unknown server", async () => {
  const { form } = await prepareRedemption();

  await assertRefused(await postForm(endpoint("unknown"), form), 404, "not_found");
});

async function prepareRedemption(
  metadata: Record<string, unknown> = {},
): Promise<{ client: RegisteredClient; form: Form }> {
  const client = await register(await discover(stack.status.MCP_URL), metadata);
  return { client, form: await prepareForm(client) };
}

async function prepareForm(client: RegisteredClient): Promise<Form> {
  const { attempt, code } = await logIn(client, ada);
  return redemptionForm(client, code, attempt.codeVerifier);
}

/** Posts a form without the fields that are undefined. */
function postToken(
  { discovery }: RegisteredClient,
  fields: Changes,
  headers: Record<string, string> = {},
): Promise<Response> {
  const present = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  return postForm(discovery.token_endpoint, Object.fromEntries(present), headers);
}

function refresh(client: RegisteredClient, refreshToken: string): Promise<Response> {
  return postToken(client, refreshForm(client, refreshToken));
}

async function changeFamily({ tokens }: LoggedInClient, change: string): Promise<void> {
  const { sid } = decodeJwt(tokens.access_token);
  await stack.sql`update public.mcp_proxy_tokens set ${stack.sql.unsafe(change)} where id = ${sid as string}`;
}

async function readRevocation(accessToken: string): Promise<unknown> {
  const { sid } = decodeJwt(accessToken);
  const [row] = await stack.sql`
    select revoked_reason from public.mcp_proxy_tokens where id = ${sid as string}`;
  return row?.["revoked_reason"];
}

function endpoint(slug = "demo"): string {
  return `${stack.status.PUBLIC_URL}/oauth-token/${slug}`;
}
