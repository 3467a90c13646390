import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../support/database/database.ts";
import { makePlatformUser } from "../support/database/platform.ts";
import { makeOrganization, newName } from "../support/database/rows.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

async function makeOwner(): Promise<(name: string, args: Record<string, unknown>) => Promise<unknown[]>> {
  const organizationId = await makeOrganization(database.owner);
  const { sql } = await makePlatformUser(database, organizationId, "owner");
  return async (name, args) => {
    const scope = name === "save_mcp_server" && args["p_id"] === undefined
      ? { p_organization_id: organizationId, p_name: "Server", p_auth_type: "none" }
      : name === "delete_organization"
      ? { p_id: organizationId }
      : {};
    const { outcome, id } = await call(sql, name, { ...scope, ...args });
    return [outcome, id];
  };
}

const FORWARDED = { p_upstream_url: "https://mcp.example.com/mcp" };

const WAYS: [string, (act: Awaited<ReturnType<typeof makeOwner>>, id: unknown) => Promise<unknown>][] = [
  [
    "renamed",
    (act, id) => act("save_mcp_server", { p_id: id, p_slug: newName("new"), p_resource: "", ...FORWARDED }),
  ],
  ["deleted", (act, id) => act("delete_mcp_server", { p_id: id })],
  ["deleted with its organization", (act) => act("delete_organization", {})],
];

for (const [way, end] of WAYS) {
  Deno.test(`A32: slug and resource of a server that is ${way} are taken by no other organization`, async () => {
    const [victim, attacker] = [await makeOwner(), await makeOwner()];
    const p_slug = newName("slug");
    const p_resource = `https://${newName("mcp")}.example.com/mcp`;
    const [, id] = await victim("save_mcp_server", { p_slug, p_resource });
    await end(victim, id);

    const taken = await attacker("save_mcp_server", { p_slug, ...FORWARDED });
    const resource = await attacker("save_mcp_server", { p_slug: newName("slug"), p_resource });

    assertEquals([taken, resource], [["slug_taken", null], ["resource_taken", null]]);
  });
}

Deno.test("A32: the organization that had the names takes them back", async () => {
  const act = await makeOwner();
  const names = { p_slug: newName("slug"), p_resource: `https://${newName("mcp")}.example.com` };
  const [, id] = await act("save_mcp_server", names);
  await act("delete_mcp_server", { p_id: id });

  assertEquals((await act("save_mcp_server", names))[0], "created");
});
