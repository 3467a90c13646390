import { assertEquals } from "@std/assert";
import { openDatabase } from "../support/database/database.ts";
import { issueCode, makeTenant, newHash } from "../support/database/rows.ts";

const database = await openDatabase();
const { owner, service } = database;
Deno.test.afterAll(() => database.close());

Deno.test("A25: logins that one account finishes and never redeems leave a hundred codes and vault entries", async () => {
  const tenant = await makeTenant(database);
  const p_upstream_sub = newHash();
  const logIn = () =>
    issueCode(service, tenant, { completion: { p_upstream_sub }, approval: { p_source: newHash() } });

  for (let login = 0; login < 130; login++) {
    await logIn();
  }

  const [rows] = await owner`
    select
      (select count(*)::integer from public.mcp_authorization_codes where mcp_server_id = ${tenant.serverId}) as codes,
      (select count(*)::integer from public.upstream_oauth_tokens
        where organization_id = ${tenant.organizationId}) as entries,
      (select count(*)::integer from public.mcp_audit_events
        where organization_id = ${tenant.organizationId} and event = 'tokens_revoked') as events`;
  assertEquals({ ...rows }, { codes: 100, entries: 100, events: 1 });
});
