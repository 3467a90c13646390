import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../support/database/database.ts";
import { makePlatformUser } from "../support/database/platform.ts";
import { makeOrganization, newName } from "../support/database/rows.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

const PUBLIC_URL = "https://auth.example.com/functions/v1";
await call(database.service, "save_deployment_settings", { p_public_url: PUBLIC_URL });

async function save(settings: Record<string, unknown>): Promise<unknown[]> {
  const organizationId = await makeOrganization(database.owner);
  const { sql } = await makePlatformUser(database, organizationId, "owner");
  const { outcome, reason } = await call(sql, "save_mcp_server", {
    p_organization_id: organizationId,
    p_slug: newName("slug"),
    p_name: "Server",
    p_auth_type: "none",
    ...settings,
  });
  return [outcome, reason];
}

Deno.test("A33: another organization's resource is refused, in every spelling", async () => {
  const host = `${newName("mcp")}.example.com`;
  assertEquals(await save({ p_resource: `https://${host}/mcp` }), ["created", null]);

  assertEquals(await save({ p_resource: `https://${host}/mcp` }), ["resource_taken", null]);
  for (
    const spelling of [
      `https://${host.toUpperCase()}/mcp`,
      `https://${host}:443/mcp`,
      `https://${host}:0443/mcp`,
      `https://${host}/mcp/`,
      `https://${host}/mcp?`,
      `https://${host}/x/../mcp`,
      `https://${host}/%2E/mcp`,
    ]
  ) {
    const answer = await save({ p_resource: spelling });
    assertEquals([spelling, ...answer], [spelling, "invalid", "mcp_server_resource_is_in_normal_form"]);
  }
});

Deno.test("A33: a resource at the gateway is that of the server with its slug only", async () => {
  const own = newName("slug");
  const foreign = await save({ p_resource: `${PUBLIC_URL}/mcp/somebody` });

  assertEquals(foreign, ["invalid", "mcp_server_resource_is_its_own"]);
  assertEquals(await save({ p_slug: own, p_resource: `${PUBLIC_URL}/mcp/${own}` }), ["created", null]);
});

Deno.test("A33: the page of what people allowed is no server's resource, not even of its own", async () => {
  const own = newName("slug");

  for (const slug of [own, "somebody"]) {
    const answer = await save({ p_slug: own, p_resource: `${PUBLIC_URL}/oauth-connections/${slug}` });
    assertEquals(answer, ["invalid", "mcp_server_resource_is_its_own"]);
  }
});

Deno.test("A24: an upstream_url that leads to the gateway is refused when it is saved", async () => {
  for (
    const address of [
      `${PUBLIC_URL}/mcp/demo`,
      `${PUBLIC_URL}/oauth-token/demo`,
      "https://AUTH.example.com:443//functions/v1/mcp",
      "https://auth.example.com/functions/v1/x/../mcp/demo",
    ]
  ) {
    const answer = await save({ p_upstream_url: address });
    assertEquals([address, ...answer], [address, "invalid", "mcp_server_is_not_the_gateway"]);
  }
  assertEquals(await save({ p_upstream_url: `${PUBLIC_URL}/my-mcp-server` }), ["created", null]);
});
