import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import {
  type IssuedFamily,
  issueFamily,
  makeTenant,
  newHash,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

async function givenFamily(): Promise<{ tenant: Tenant; family: IssuedFamily; ending: Row }> {
  const tenant = await makeTenant(database);
  const family = await issueFamily(database, tenant, { completion: { p_access_token: "known" } });
  return {
    tenant,
    family,
    ending: {
      p_upstream_token_id: family.upstreamTokenId,
      p_lease_hash: null,
      p_known_access_token: "known",
      p_reason: "invalid_grant",
    },
  };
}

const end = (args: Row): Promise<Row> => call(service, "end_upstream_token", args);

Deno.test("an ended vault entry ends its token family, so that the client logs in again", async () => {
  const { tenant, family, ending } = await givenFamily();

  const ended = await end(ending);
  const again = await end(ending);

  assertEquals([ended.outcome, again.outcome], ["ended", "already_ended"]);
  assertEquals((await call(service, "rotate_refresh_token", family.rotation)).outcome, "revoked");
  const [vault] = await owner`
    select ended_reason from public.upstream_oauth_tokens where id = ${family.upstreamTokenId}`;
  assertEquals(vault?.ended_reason, "invalid_grant");
  const events = await owner`
    select event, reason, mcp_server_user_id from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event = 'upstream_token_ended'`;
  assertEquals(events.map((event) => ({ ...event })), [
    { event: "upstream_token_ended", reason: "invalid_grant", mcp_server_user_id: family.userId },
  ]);
});

Deno.test("old news does not end what another worker has refreshed, or is refreshing", async () => {
  const { family, ending } = await givenFamily();
  const holder = { p_upstream_token_id: family.upstreamTokenId, p_lease_hash: newHash() };

  const stale = await end({ ...ending, p_known_access_token: "older" });
  await call(service, "lease_upstream_refresh", { ...holder, p_known_access_token: "known" });
  const leased = await end(ending);
  const byHolder = await end({ ...ending, p_lease_hash: holder.p_lease_hash });

  assertEquals([stale.outcome, leased.outcome, byHolder.outcome], ["changed", "changed", "ended"]);
});
