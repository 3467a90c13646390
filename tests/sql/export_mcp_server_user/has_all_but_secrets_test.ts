import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { issueFamily, makeTenant, newHash } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("the export has what is kept of one person, and neither a secret nor anybody else", async () => {
  const tenant = await makeTenant(database);
  const { sql } = await makePlatformUser(database, tenant.organizationId, "admin");
  const completion = { p_upstream_sub: "ada", p_email: "ada@example.com", p_profile: { name: "Ada" } };
  const { userId, familyId } = await issueFamily(database, tenant, { completion });
  await call(service, "open_mcp_call", {
    p_slug: tenant.slug,
    p_family_id: familyId,
    p_session_hash: newHash(),
  });
  await issueFamily(database, tenant, { completion: { p_upstream_sub: "bob", p_email: "bob@example.com" } });

  const { outcome, export: document } = await call(sql, "export_mcp_server_user", {
    p_mcp_server_user_id: userId,
  });

  const { person, ...lists } = document as Record<string, Row[]> & { person: Row };
  assertEquals([outcome, person.email, person.profile], ["exported", "ada@example.com", { name: "Ada" }]);
  assertEquals(
    Object.entries(lists).filter(([, list]) => Array.isArray(list)).map(([name, list]) => [name, list.length])
      .sort(),
    [["audit", 3], ["identities", 1], ["logins", 1], ["sessions", 1], ["upstream_tokens", 1]],
  );
  const text = JSON.stringify(document);
  assertEquals(text.includes("bob"), false);
  const [secrets] = await owner`
    select access_token_ciphertext, refresh_token_ciphertext, handle_hash, refresh_hash, session_hash
    from public.upstream_oauth_tokens as upstream
    join public.mcp_proxy_tokens as family on family.upstream_token_id = upstream.id
    join public.mcp_server_session as history on history.mcp_server_user_id = family.mcp_server_user_id
    where family.id = ${familyId}`;
  const found = Object.entries(secrets!).filter(([, secret]) => text.includes(String(secret)));
  assertEquals([Object.keys(secrets!).length, found], [5, []]);
});
