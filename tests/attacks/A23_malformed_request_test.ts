import { assert, assertEquals } from "@std/assert";
import { attemptAuthorization, refreshForm, type RegisteredClient } from "../support/client/mcp_client.ts";
import { openBrowser, openConsent } from "../support/client/browser.ts";

import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { signInMember } from "../support/client/platform_user.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const FORM = "application/x-www-form-urlencoded";

/** Endpoints that take a body, and a body of theirs that is in order. */
const posts: Record<string, { type: string; build: (scene: Scene) => string }> = {
  "oauth-register": {
    type: "application/json",
    build: () => JSON.stringify({ redirect_uris: ["https://app.example.com/callback"] }),
  },
  "oauth-token": { type: FORM, build: ({ client }) => form(refreshForm(client, `gpr_${"A".repeat(65)}`)) },
  "oauth-authorize": {
    type: FORM,
    build: ({ client }) => form({ client_id: client.clientId, response_type: "code" }),
  },
  "oauth-revoke": {
    type: FORM,
    build: ({ client }) => form({ client_id: client.clientId, token: "unknown" }),
  },
  "oauth-introspect": {
    type: FORM,
    build: ({ client }) => form({ client_id: client.clientId, token: "unknown" }),
  },
};

type Malformation = (body: string, type: string) => { body?: BodyInit; headers?: Record<string, string> };

const malformations: Record<string, Malformation> = {
  "an empty body": () => ({ body: "" }),
  "a body of 70 KB": (body) => ({ body: body + "&x=".padEnd(70_000, "x") }),
  "a body of 20 MB without a length": (body) => ({ body: stream(body, 20 * 1024 * 1024) }),
  "invalid UTF-8": (body) => ({
    body: new Uint8Array([...new TextEncoder().encode(body), 0xff, 0xfe, 0xc3]),
  }),
  "a UTF-16 body": (body) => ({
    body: new Uint8Array(new Uint16Array([...body].map((c) => c.charCodeAt(0))).buffer),
  }),
  "no content type": (body) => ({ body: new TextEncoder().encode(body), headers: {} }),
  "the content type text/plain": (body) => ({ body, headers: { "Content-Type": "text/plain" } }),
  "a multipart content type": (body) => ({
    body,
    headers: { "Content-Type": "multipart/form-data; boundary=x" },
  }),
  "the other content type": (body, type) => ({
    body,
    headers: { "Content-Type": type === FORM ? "application/json" : FORM },
  }),
  "JSON that is nested 10,000 deep": (_body, type) => ({
    body: "[".repeat(10_000) + "]".repeat(10_000),
    headers: { "Content-Type": type },
  }),
  "JSON that is nested 50 deep": (_body, type) => ({
    body: `{"redirect_uris":${"[".repeat(50)}${"]".repeat(50)}}`,
    headers: { "Content-Type": type },
  }),
  "JSON that is a list": (_body, type) => ({ body: "[1]", headers: { "Content-Type": type } }),
  "JSON that is null": (_body, type) => ({ body: "null", headers: { "Content-Type": type } }),
  "JSON that breaks off": (_body, type) => ({
    body: '{"redirect_uris":[',
    headers: { "Content-Type": type },
  }),
  "a prototype in JSON": (_body, type) => ({
    body: '{"__proto__":{"redirect_uris":["https://app.example.com/callback"]}}',
    headers: { "Content-Type": type },
  }),
};

for (const [name, malform] of Object.entries(malformations)) {
  Deno.test(`A23: ${name} gets a 4xx with a sentence, at every endpoint that takes a body`, async () => {
    await using scene = await setScene(stack);
    for (const [endpoint, { type, build }] of Object.entries(posts)) {
      const { body, headers = { "Content-Type": type } } = malform(build(scene), type);
      const response = await fetch(`${stack.status.PUBLIC_URL}/${endpoint}/${scene.tenant.slug}`, {
        method: "POST",
        headers: { Accept: "application/json", ...headers },
        ...(body === undefined ? {} : { body }),
        redirect: "manual",
      });
      await assertExplained(response, `${endpoint} with ${name}`);
    }
  });
}

const DEEP = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
for (const [what, deep] of [["30,000", DEEP], ["20", `${"[".repeat(20)}${"]".repeat(20)}`]] as const) {
  Deno.test(`A23: JSON that is in order but for a member ${what} deep is refused because of that`, async () => {
    await using scene = await setScene(stack);
    const { accessToken } = await signInMember(stack, scene.tenant.organizationId);
    const bodies = {
      [`oauth-register/${scene.tenant.slug}`]:
        `{"redirect_uris": ["https://app.example.com/callback"], "other": ${deep}}`,
      "oauth-configs": `{"id": "${scene.tenant.configId}", "name": "A name", "other": ${deep}}`,
    };
    for (const [path, body] of Object.entries(bodies)) {
      const response = await fetch(`${stack.status.PUBLIC_URL}/${path}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Authorization": `Bearer ${accessToken}` },
        body,
      });

      assertEquals([path, response.status, (await response.json()).error_description], [
        path,
        400,
        "Cannot read request: the JSON is nested too deeply",
      ]);
    }
  });
}

const repeated = [
  "grant_type",
  "client_id",
  "refresh_token",
  "code",
  "redirect_uri",
  "code_verifier",
  "scope",
  "token",
];
Deno.test("A23: a parameter that comes twice gets a 4xx with a sentence", async () => {
  await using scene = await setScene(stack);
  for (const endpoint of ["oauth-token", "oauth-revoke", "oauth-introspect"]) {
    for (const name of repeated) {
      const good = new URLSearchParams(posts[endpoint]!.build(scene));
      good.append(name, "1");
      good.append(name, "2");
      const response = await fetch(`${stack.status.PUBLIC_URL}/${endpoint}/${scene.tenant.slug}`, {
        method: "POST",
        body: good,
      });
      await assertExplained(response, `${endpoint} with two ${name}`);
    }
  }
});

const hostileTexts: Record<string, string> = {
  "a NUL": "\u0000",
  "a NUL at the end": "value\u0000",
  "a lone percent sign": "%",
  "half a surrogate pair": "%ed%a0%80",
  "60,000 characters": "x".repeat(60_000),
  "a quote for SQL": "' or 1=1; drop table public.mcp_servers --",
  "a JSON object": '{"$ne":null}',
  "a PostgREST filter": "eq.1&select=*",
};

const tokenParameters = [
  ...[
    "grant_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "client_id",
    "client_secret",
    "resource",
    "scope",
  ],
  ...["refresh_token", "token", "client_assertion", "client_assertion_type"],
];

for (const [name, text] of Object.entries(hostileTexts)) {
  Deno.test(`A23: ${name} in any parameter of a form gets a 4xx with a sentence or does nothing`, async () => {
    await using scene = await setScene(stack);
    for (const endpoint of ["oauth-token", "oauth-revoke", "oauth-introspect"]) {
      for (const grant of grants(scene.client)) {
        for (const parameter of tokenParameters) {
          const body = new URLSearchParams({ ...grant, [parameter]: text });
          const response = await fetch(`${stack.status.PUBLIC_URL}/${endpoint}/${scene.tenant.slug}`, {
            method: "POST",
            body,
          });
          // Giving back what is no token is a success (RFC 7009 §2.2).
          await assertExplained(
            response,
            `${endpoint} with ${name} in ${parameter}`,
            endpoint === "oauth-revoke",
          );
        }
      }
    }
  });

  Deno.test(`A23: ${name} in any parameter of an authorization request is never our fault`, async () => {
    await using scene = await setScene(stack);
    const { url } = attemptAuthorization(scene.client);
    const names = [
      ...url.searchParams.keys(),
      "prompt",
      "login_hint",
      "max_age",
      "tracking_id",
      "response_mode",
    ];
    for (const parameter of names) {
      const attacked = new URL(url);
      attacked.searchParams.set(parameter, text);
      const response = await fetch(attacked, { headers: { Accept: "application/json" }, redirect: "manual" });
      await response.body?.cancel();

      assert(response.status < 500, `${parameter} with ${name} answers ${response.status}`);
      assertEquals((response.headers.get("Location") ?? "").includes("error=server_error"), false, parameter);
    }
  });

  Deno.test(`A23: ${name} in an approved request is never our fault`, async () => {
    await using scene = await setScene(stack);
    for (const parameter of ["state", "nonce", "login_hint", "max_age", "scope", "ui_locales"]) {
      const browser = openBrowser();
      const { url } = attemptAuthorization(scene.client, { [parameter]: text });
      const form = await openConsent(browser, url).catch(() => undefined);
      if (form === undefined) {
        continue; // Refused before consent, as the test above has it.
      }
      const response = await browser.post(`${url.origin}${url.pathname}`, { form, decision: "approve" });
      await response.body?.cancel();

      assert(response.status < 500, `${parameter} with ${name} answers ${response.status}`);
    }
  });
}

const methods: Record<string, string[]> = {
  "oauth-register": ["GET", "PUT", "DELETE", "PATCH", "HEAD"],
  "oauth-token": ["GET", "PUT", "DELETE", "PATCH", "HEAD"],
  "oauth-revoke": ["GET", "PUT", "DELETE", "PATCH", "HEAD"],
  "oauth-introspect": ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"],
  "oauth-userinfo": ["PUT", "DELETE", "PATCH"],
  "oauth-authorize": ["PUT", "DELETE", "PATCH", "OPTIONS"],
  "oauth-connections": ["PUT", "PATCH", "OPTIONS"],
  "mcp": ["PUT", "PATCH"],
};
for (const [endpoint, refused] of Object.entries(methods)) {
  Deno.test(`A23: a method that ${endpoint} does not take gets a 405 that names those it takes`, async () => {
    await using scene = await setScene(stack);
    for (const method of refused) {
      const response = await fetch(`${stack.status.PUBLIC_URL}/${endpoint}/${scene.tenant.slug}`, {
        method,
        headers: { Accept: "application/json" },
      });
      assertEquals([method, response.status, response.headers.has("Allow")], [method, 405, true]);
      await response.body?.cancel();
    }
  });
}

const credentials: Record<string, string> = {
  "an empty Basic": "Basic ",
  "Basic that is no base64": "Basic %%%",
  "Basic without a colon": `Basic ${btoa("client")}`,
  "Basic with invalid UTF-8": `Basic ${btoa("\xff\xfe:\xff")}`,
  "Basic with a broken escape": `Basic ${btoa("%:%")}`,
  "Basic with a NUL": `Basic ${btoa("\u0000:\u0000")}`,
  "Bearer": "Bearer x",
  "Digest": 'Digest username="x"',
  "a scheme alone": "Basic",
  "60,000 characters": `Basic ${"A".repeat(60_000)}`,
};
for (const [name, authorization] of Object.entries(credentials)) {
  Deno.test(`A23: ${name} for credentials gets a 4xx with a sentence`, async () => {
    await using scene = await setScene(stack);
    for (const endpoint of ["oauth-token", "oauth-revoke", "oauth-introspect"]) {
      const response = await fetch(`${stack.status.PUBLIC_URL}/${endpoint}/${scene.tenant.slug}`, {
        method: "POST",
        headers: { Authorization: authorization },
        body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: "x", token: "x" }),
      });
      await assertExplained(response, `${endpoint} with ${name}`);
    }
  });
}

Deno.test("A23: a token that is no token gets a challenge", async () => {
  await using scene = await setScene(stack);
  const { tokens } = await logIn(scene);
  const [header, payload, signature] = tokens.access_token.split(".") as [string, string, string];
  const broken = [
    ...["x", "..", "a.b.c", `${header}.${payload}.`, `${header}.${payload}`, `${header}..${signature}`],
    ...[`${btoa("{}")}.${payload}.${signature}`, `${payload}.${payload}.${signature}`, "A".repeat(30_000)],
    ...[`${btoa('{"alg":"none","typ":"at+jwt"}').replaceAll("=", "")}.${payload}.`],
    ...[`${header}.${btoa("[]").replaceAll("=", "")}.${signature}`, "\u00ff"],
  ];
  for (const token of broken) {
    for (const address of [scene.tenant.mcpUrl, scene.client.discovery.userinfo_endpoint]) {
      const headers = { Authorization: `Bearer ${token}` };
      const response = await fetch(address, { method: "POST", headers, body: "{}" });
      assertEquals([token.slice(0, 20), response.status], [token.slice(0, 20), 401]);
      assertEquals(response.headers.has("WWW-Authenticate"), true);
      await response.body?.cancel();
    }
  }
});

/** A refusal in JSON with a code and a sentence, never of ours. */
async function assertExplained(response: Response, name: string, mayBeEmpty = false): Promise<void> {
  const text = await response.text();
  if (mayBeEmpty && response.status === 200 && text === "{}") {
    return;
  }
  assert(
    response.status >= 400 && response.status < 500,
    `${name}: ${response.status} ${text.slice(0, 120)}`,
  );
  const { error, error_description: description } = JSON.parse(text);
  assert(typeof error === "string" && /^Cannot .{10}/.test(description), `${name}: ${text.slice(0, 120)}`);
}

function grants({ clientId, redirectUri }: RegisteredClient): Record<string, string>[] {
  return [
    { grant_type: "refresh_token", refresh_token: `gpr_${"A".repeat(65)}`, client_id: clientId },
    {
      ...{
        grant_type: "authorization_code",
        code: "unknown",
        redirect_uri: redirectUri,
        client_id: clientId,
      },
      ...{ code_verifier: "v".repeat(43), token: "unknown" },
    },
  ];
}

function form(fields: Record<string, string>): string {
  return new URLSearchParams(fields).toString();
}

function stream(start: string, bytes: number): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(64 * 1024).fill(0x78);
  let left = bytes;
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(start)),
    pull(controller): void {
      left -= chunk.length;
      controller.enqueue(chunk);
      if (left <= 0) {
        controller.close();
      }
    },
  });
}
