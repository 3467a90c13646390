/**
 * Where discovery documents are found: below the issuer, and at the root of the origin with the path behind them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { buildDiscoveryEndpoint } from "../../functions/oauth/handler.ts";
import type { McpServer } from "../../functions/_shared/database/rows.ts";
import { buildDependencies } from "../support/functions/dependencies.ts";
import { buildServer } from "../support/database/records.ts";

const ORIGIN = "https://auth.example.com";
const BELOW_A_PATH = "https://ref.supabase.co/functions/v1";

const BELOW_THE_ISSUER = [
  "/oauth/demo/.well-known/openid-configuration",
  "/oauth/demo/.well-known/oauth-authorization-server",
  "/oauth/demo/.well-known/oauth-protected-resource",
];
const AT_THE_ROOT = [
  "/.well-known/openid-configuration/oauth/demo",
  "/.well-known/oauth-authorization-server/oauth/demo",
  "/.well-known/oauth-protected-resource/mcp/demo",
];
const WITH_A_PATH = [
  "/.well-known/openid-configuration/functions/v1/oauth/demo",
  "/.well-known/oauth-authorization-server/functions/v1/oauth/demo",
  "/.well-known/oauth-protected-resource/functions/v1/mcp/demo",
];

for (const publicUrl of [ORIGIN, BELOW_A_PATH]) {
  for (const path of BELOW_THE_ISSUER) {
    Deno.test(`${publicUrl} serves ${path}`, async () => {
      const response = await get(path, publicUrl);

      const document = await response.json();
      assertEquals(response.status, 200);
      assertEquals(document.issuer ?? document.authorization_servers[0], `${publicUrl}/oauth/demo`);
    });
  }
}

for (const path of AT_THE_ROOT) {
  for (const prefix of ["", "/oauth"]) {
    Deno.test(`an own origin serves ${path} when it is handed ${prefix}${path}`, async () => {
      const response = await get(`${prefix}${path}`, ORIGIN);

      const document = await response.json();
      assertEquals(response.status, 200);
      assertEquals(document.issuer ?? document.authorization_servers[0], `${ORIGIN}/oauth/demo`);
    });

    Deno.test(`a public URL with a path serves nothing at ${prefix}${path}`, async () => {
      await assertNotFound(await get(`${prefix}${path}`, BELOW_A_PATH));
    });
  }
}

for (const path of WITH_A_PATH) {
  for (const prefix of ["", "/oauth", "/functions/v1/oauth"]) {
    Deno.test(`a public URL with a path serves ${path} when it is handed ${prefix}${path}`, async () => {
      const response = await get(`${prefix}${path}`, BELOW_A_PATH);

      const document = await response.json();
      assertEquals(response.status, 200);
      assertEquals(document.issuer ?? document.authorization_servers[0], `${BELOW_A_PATH}/oauth/demo`);
    });

    Deno.test(`an own origin serves nothing at ${prefix}${path}`, async () => {
      await assertNotFound(await get(`${prefix}${path}`, ORIGIN));
    });
  }
}

for (const path of [...BELOW_THE_ISSUER, ...AT_THE_ROOT]) {
  Deno.test(`a slash behind ${path} changes nothing`, async () => {
    const [without, behind] = [await get(path, ORIGIN), await get(`${path}/`, ORIGIN)];

    assertEquals([behind.status, await behind.text()], [200, await without.text()]);
  });
}

Deno.test(
  "both names of the authorization server's document, wherever they stand, are one document",
  async () => {
    const paths = [...BELOW_THE_ISSUER, ...AT_THE_ROOT].filter((path) => !path.includes("protected"));

    const documents = await Promise.all(paths.map(async (path) => await (await get(path, ORIGIN)).text()));

    assertEquals(new Set(documents).size, 1);
  },
);

for (
  const path of [
    "/oauth",
    "/oauth/",
    "/oauth/demo",
    "/oauth/demo/",
    "/oauth/demo/.well-known",
    "/oauth/demo/.well-known/",
    "/oauth/demo/.well-known/jwks.json",
    "/oauth/demo/.well-known/openid-configuration//",
    "/oauth/demo/.well-known/openid-configuration/more",
    "/oauth/DEMO/.well-known/openid-configuration",
    "/oauth/.well-known/openid-configuration",
    "/.well-known",
    "/.well-known/",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/oauth/demo",
    "/.well-known/oauth-authorization-server/mcp/demo",
    "/.well-known/openid-configuration/mcp/demo",
    "/.well-known/openid-configuration/oauth/demo//",
    "/.well-known/openid-configuration//oauth/demo",
    "/.well-known/openid-configuration/oauth/demo/more",
    "/.well-known/openid-configuration/oauth",
    "/.well-known/security.txt",
    "/.well-known/constructor/oauth/demo",
  ]
) {
  Deno.test(`an own origin answers 404 in JSON at ${path}`, async () => {
    await assertNotFound(await get(path, ORIGIN));
  });
}

Deno.test("a server with a resource of its own has no resource document at the gateway's path", async () => {
  const standsAlone = { resource: "https://tools.example.net/mcp", upstream_url: null };

  const inserted = await get("/.well-known/oauth-protected-resource/mcp/demo", ORIGIN, standsAlone);
  const belowIssuer = await get("/oauth/demo/.well-known/oauth-protected-resource", ORIGIN, standsAlone);

  await assertNotFound(inserted);
  assertEquals((await belowIssuer.json()).resource, "https://tools.example.net/mcp");
});

for (const path of [...BELOW_THE_ISSUER, ...AT_THE_ROOT]) {
  Deno.test(`a server that asks nobody to log in has nothing at ${path}`, async () => {
    await assertNotFound(await get(path, ORIGIN, { auth_type: "none" }));
  });
}

Deno.test("what a request says of its host and scheme changes no document", async () => {
  const forged = new Request("http://evil.example/oauth/demo/.well-known/openid-configuration", {
    headers: { "X-Forwarded-Host": "evil.example", Forwarded: "host=evil.example;proto=http" },
  });

  const response = await build(ORIGIN)(forged);

  assertEquals((await response.text()).includes("evil"), false);
});

function build(publicUrl: string, changes: Partial<McpServer> = {}): (request: Request) => Promise<Response> {
  const found = { outcome: "found" as const, server: buildServer(changes) };
  return buildDiscoveryEndpoint(
    buildDependencies({ find_mcp_server: found }, { publicUrl }),
  );
}

function get(path: string, publicUrl: string, changes: Partial<McpServer> = {}): Promise<Response> {
  return build(publicUrl, changes)(new Request(`http://edge${path}`));
}

async function assertNotFound(response: Response): Promise<void> {
  assertEquals(
    { status: response.status, error: (await response.json()).error },
    { status: 404, error: "not_found" },
  );
}
