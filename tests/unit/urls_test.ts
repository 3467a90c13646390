import { assertEquals } from "@std/assert";
import { buildCallbackUrl, buildResource, buildServerUrls } from "../../functions/_shared/urls.ts";

const PUBLIC = "https://ref.supabase.co/functions/v1";

Deno.test("the URLs of a server stand below the public URL", () => {
  assertEquals(buildServerUrls(PUBLIC, "demo"), {
    issuer: `${PUBLIC}/oauth/demo`,
    mcp: `${PUBLIC}/mcp/demo`,
    protectedResourceMetadata: `${PUBLIC}/oauth/demo/.well-known/oauth-protected-resource`,
    register: `${PUBLIC}/oauth-register/demo`,
    authorize: `${PUBLIC}/oauth-authorize/demo`,
    token: `${PUBLIC}/oauth-token/demo`,
    userinfo: `${PUBLIC}/oauth-userinfo/demo`,
    revoke: `${PUBLIC}/oauth-revoke/demo`,
    introspect: `${PUBLIC}/oauth-introspect/demo`,
    connections: `${PUBLIC}/oauth-connections/demo`,
    jwks: `${PUBLIC}/oauth-jwks`,
  });
});

Deno.test("every organization has a redirect URI of its own, and so has the platform", () => {
  assertEquals(buildCallbackUrl(PUBLIC, "org_1"), `${PUBLIC}/oauth-callback/org_1`);
  assertEquals(buildCallbackUrl(PUBLIC, null), `${PUBLIC}/oauth-callback/platform`);
  assertEquals(buildCallbackUrl(PUBLIC, "../a?b"), `${PUBLIC}/oauth-callback/..%2Fa%3Fb`);
});

Deno.test("the resource is the gateway's URL, or the server's own", () => {
  assertEquals(
    [null, "https://mcp.example.com/mcp"].map((resource) =>
      buildResource({ slug: "demo", resource }, PUBLIC)
    ),
    [`${PUBLIC}/mcp/demo`, "https://mcp.example.com/mcp"],
  );
});
