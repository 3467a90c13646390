import { assert, assertEquals } from "@std/assert";
import { attemptAuthorization, postForm, postMessage, refreshForm } from "../support/client/mcp_client.ts";
import { openBrowser, openConsent } from "../support/client/browser.ts";
import { startMcpServer } from "../support/mcp_server/scripted.ts";
import { logIn, obtainCode, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
/** Every object of JavaScript has these members, though nobody wrote them. */
const NAMES = [
  ...["constructor", "toString", "__proto__", "hasOwnProperty", "valueOf", "isPrototypeOf"],
  ...["__defineGetter__", "__lookupGetter__", "toLocaleString", "propertyIsEnumerable", "prototype"],
];

Deno.test("A36: scopes with the names of inherited members are asked for, granted, ruled by and named by their names", async () => {
  await using mcp = startMcpServer();
  await using scene = await setScene(stack, {
    server: {
      upstream_url: mcp.url,
      scopes_supported: ["openid", ...NAMES],
      scope_rules: NAMES.map((name) => ({ method: "tools/call", name, scopes: [name] })),
      scope_hierarchy: { constructor: ["toString"] },
    },
  });
  const scope = ["openid", ...NAMES].join(" ");
  const { url } = attemptAuthorization(scene.client, { scope });

  await openConsent(openBrowser(), url);
  const consent = await (await fetch(url, { headers: { Accept: "application/json" } })).json();
  const all = await logIn(scene, { scope });
  const some = await logIn(scene, { scope: "openid constructor" });

  const meanings = Object.fromEntries(
    consent.scopes.map(({ scope, meaning }: Record<string, string>) => [scope, meaning]),
  );
  assertEquals(
    meanings,
    Object.fromEntries([["openid", "Know who you are"], ...NAMES.map((name) => [name, name])]),
  );
  assertEquals(all.tokens.scope.split(" ").sort(), ["openid", ...NAMES].sort());
  const answers: Record<string, number> = {};
  for (const name of NAMES) {
    const message = { id: 1, method: "tools/call", params: { name } };
    const permitted = await postMessage(scene.tenant.mcpUrl, all.tokens.access_token, message);
    const refused = await postMessage(scene.tenant.mcpUrl, some.tokens.access_token, message);
    await Promise.all([permitted.body?.cancel(), refused.body?.cancel()]);
    answers[`call ${name}`] = permitted.status;
    answers[`lack ${name}`] = refused.status;
  }
  assertEquals(
    answers,
    Object.fromEntries(
      NAMES.flatMap((name) => [
        [`call ${name}`, 200],
        [`lack ${name}`, ["constructor", "toString"].includes(name) ? 200 : 403],
      ]),
    ),
  );
});

Deno.test("A36: parameters, grant types and headers with the names of inherited members are no fault of ours", async () => {
  await using scene = await setScene(stack);
  const { client, tenant } = scene;
  const { tokens } = await logIn(scene);
  const endpoint = client.discovery.token_endpoint;
  for (const name of NAMES) {
    const form = refreshForm(client, tokens.refresh_token);
    const { url } = attemptAuthorization(client, { [name]: name, prompt: name, ui_locales: name });
    const answers = [
      await postForm(endpoint, { ...form, grant_type: name }),
      await postForm(endpoint, { ...form, refresh_token: name }),
      await postForm(endpoint, { ...form, client_id: name }),
      await postForm(endpoint, { ...form, client_assertion: name, client_assertion_type: name }),
      await fetch(endpoint, { method: "POST", body: new URLSearchParams([[name, "1"], [name, "2"]]) }),
      await postForm(`${stack.status.PUBLIC_URL}/oauth-revoke/${tenant.slug}`, {
        token: name,
        token_type_hint: name,
      }),
      await fetch(url, { headers: { Accept: "application/json" } }),
      await fetch(`${stack.status.PUBLIC_URL}/${name}/${name}`),
      await fetch(`${stack.status.PUBLIC_URL}/oauth/${tenant.slug}/.well-known/${name}`),
      await fetch(tenant.mcpUrl, {
        method: "POST",
        headers: { [name]: name, "Mcp-Method": name, Authorization: `Bearer ${tokens.access_token}` },
      }),
    ];
    for (const [index, answer] of answers.entries()) {
      await answer.body?.cancel();
      assert(answer.status < 500, `${name} in request ${index}: ${answer.status}`);
    }
    const asked = await postForm(endpoint, { ...form, scope: name });
    tokens.refresh_token = (await asked.json()).refresh_token;
    assertEquals([name, asked.status], [name, 200]);
  }
});

Deno.test("A36: client metadata with the names of inherited members keeps nothing of them", async () => {
  await using scene = await setScene(stack);
  const { registration_endpoint: endpoint, token_endpoint } = scene.client.discovery;
  for (const name of NAMES) {
    // Written by hand: in JavaScript `__proto__` is no member of a literal.
    const body = `{"redirect_uris": ["https://app.example.com/callback"], "${name}": {"jwks_uri": "x"},
      "token_endpoint_auth_method": "${name}", "grant_types": ["authorization_code", "${name}"],
      "response_types": ["code", "${name}"], "application_type": "${name}", "scope": "${name}",
      "jwks": {"keys": [{"kty": "${name}", "${name}": 1}], "${name}": []}}`;
    const response = await fetch(endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
    const { client_id, client_secret, ...registered } = await response.json();

    assertEquals([name, response.status, registered.application_type], [name, 201, undefined]);
    assertEquals([Object.hasOwn(registered, name), registered.token_endpoint_auth_method], [
      false,
      "client_secret_basic",
    ]);
    const refused = await postForm(token_endpoint, { client_id, client_secret, grant_type: name });
    assertEquals([refused.status, (await refused.json()).error], [400, "unsupported_grant_type"]);
  }
});

Deno.test("A36: a provider that says the names of inherited members is understood as far as it means something", async () => {
  for (const name of NAMES) {
    await using scene = await setScene(stack, {
      program: {
        answerTokens: (members) =>
          new Response(
            `{"${name}": {"access_token": "x"}, ${JSON.stringify({ ...members, scope: name }).slice(1)}`,
          ),
        answerUserinfo: (claims) =>
          new Response(`{"${name}": {"email": "x@example.com"}, ${JSON.stringify(claims).slice(1)}`),
        publishKeys: (keys) => ({ keys: [{ kty: name, alg: name, kid: name, crv: name }, ...keys] }),
        metadata: { prompt_values_supported: [name] },
      },
    });
    await obtainCode(scene);

    const refusing = { kind: "json" as const, status: 400, body: { error: name, [name]: name } };
    scene.provider.program({ faults: { token: refusing } });
    const refused = await obtainCode(scene).catch((error: Error) => error.message);

    assert(String(refused).includes("error=server_error"), `${name}: ${refused}`);
    const [event] = await stack.sql`
      select reason, detail from public.mcp_audit_events
      where organization_id = ${scene.tenant.organizationId} order by id desc limit 1`;
    assertEquals([event?.["reason"], event?.["detail"].error_code], ["upstream_refused", "other"]);
  }
});

Deno.test("A36: an id_token whose algorithm has the name of an inherited member is refused for its algorithm", async () => {
  for (const name of NAMES) {
    const header = btoa(JSON.stringify({ alg: name, kid: name })).replaceAll("=", "");
    await using scene = await setScene(stack, {
      program: { answerTokens: (members) => Response.json({ ...members, id_token: `${header}.e30.c2ln` }) },
    });
    await obtainCode(scene).catch(() => undefined);

    const [event] = await stack.sql`
      select reason, detail from public.mcp_audit_events
      where organization_id = ${scene.tenant.organizationId} order by id desc limit 1`;
    assertEquals([event?.["reason"], event?.["detail"].problem], ["upstream_untrusted", "algorithm"]);
  }
});
