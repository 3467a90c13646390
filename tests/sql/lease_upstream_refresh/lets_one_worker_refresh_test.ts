import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { issueFamily, makeTenant, newHash, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const nothing = {
  access_token_ciphertext: null,
  refresh_token_id: null,
  refresh_token_ciphertext: null,
  scope: null,
  expires_at: null,
  refreshed_at: null,
  leased_until: null,
  lapsed: null,
  profile_refreshed_at: null,
  config: null,
};

async function givenToken(changes: Row = {}): Promise<{ tenant: Tenant; upstreamTokenId: string; ask: Row }> {
  const tenant = await makeTenant(database);
  const { upstreamTokenId } = await issueFamily(database, tenant, {
    completion: { p_access_token: "old-access", p_refresh_token: "old-refresh", ...changes },
  });
  return {
    tenant,
    upstreamTokenId,
    ask: {
      p_upstream_token_id: upstreamTokenId,
      p_lease_hash: newHash(),
      p_known_access_token: "old-access",
    },
  };
}

const lease = (args: Row): Promise<Row> => call(service, "lease_upstream_refresh", args);

Deno.test("the first to ask is leased the refresh token and the config, for 30 seconds", async () => {
  const { tenant, upstreamTokenId, ask } = await givenToken();

  const leased = await lease(ask);

  const { config, leased_until, profile_refreshed_at, expires_at, ...rest } = leased;
  assertEquals(rest, {
    outcome: "leased",
    access_token_ciphertext: "old-access",
    refresh_token_id: upstreamTokenId,
    refresh_token_ciphertext: "old-refresh",
    scope: "openid email",
    refreshed_at: null,
    lapsed: false,
  });
  const seconds = (Number(leased_until) - Date.now()) / 1000;
  assertEquals([(config as Row).id, seconds > 25 && seconds < 31], [tenant.configId, true]);
  for (const time of [profile_refreshed_at, expires_at]) {
    assertEquals(time instanceof Date, true);
  }
});

Deno.test("the others are busy until the lease is given back, and its holder may ask again", async () => {
  const { upstreamTokenId, ask } = await givenToken();
  const other = { ...ask, p_lease_hash: newHash() };
  await lease(ask);

  const busy = await lease(other);
  const again = await lease(ask);
  await call(service, "release_upstream_refresh", {
    p_upstream_token_id: upstreamTokenId,
    p_lease_hash: ask.p_lease_hash,
  });
  const later = await lease(other);

  assertEquals([busy.outcome, busy.refresh_token_ciphertext, busy.leased_until instanceof Date], [
    "busy",
    null,
    true,
  ]);
  assertEquals([again.outcome, later.outcome, later.lapsed], ["leased", "leased", false]);
});

Deno.test("a caller whose token is old is given the one that somebody refreshed", async () => {
  const { upstreamTokenId, ask } = await givenToken();
  await lease(ask);
  await call(service, "store_upstream_refresh", {
    p_upstream_token_id: upstreamTokenId,
    p_lease_hash: ask.p_lease_hash,
    p_access_token: "new-access",
    p_refresh_token: "new-refresh",
    p_scope: null,
    p_expires_at: new Date("2027-01-01T00:00:00Z"),
  });

  const fresh = await lease({ ...ask, p_lease_hash: newHash() });

  const { refreshed_at, ...rest } = fresh;
  assertEquals(Date.now() - Number(refreshed_at) < 60_000, true);
  assertEquals({ ...rest, refreshed_at: null }, {
    ...nothing,
    outcome: "fresh",
    access_token_ciphertext: "new-access",
    scope: "openid email",
    expires_at: new Date("2027-01-01T00:00:00Z"),
  });
});

Deno.test("a lease that ran out may be taken over once more, and the taker is told", async () => {
  const { upstreamTokenId, ask } = await givenToken();
  await lease(ask);
  await owner`
    update public.upstream_oauth_tokens set refresh_leased_until = now() - interval '1 second'
    where id = ${upstreamTokenId}`;
  const taker = { ...ask, p_lease_hash: newHash() };

  const taken = await lease(taker);
  const stored = await call(service, "store_upstream_refresh", {
    p_upstream_token_id: upstreamTokenId,
    p_lease_hash: ask.p_lease_hash,
    p_access_token: "late",
    p_refresh_token: null,
    p_scope: null,
    p_expires_at: null,
  });

  assertEquals([taken.outcome, taken.lapsed, stored.outcome], ["leased", true, "lease_lost"]);
});

Deno.test("a refresh token goes nowhere it did not come from", async () => {
  const { tenant, ask } = await givenToken();
  await owner`update public.custom_oauth_configs set client_generation = 2 where id = ${tenant.configId}`;

  assertEquals(await lease(ask), { outcome: "credentials_changed", ...nothing });
});

Deno.test("without a refresh token, with a disabled config and after its end there is nothing to lease", async () => {
  const without = await givenToken({ p_refresh_token: null });
  const disabled = await givenToken();
  const ended = await givenToken();
  await owner`update public.custom_oauth_configs set disabled_at = now() where id = ${disabled.tenant.configId}`;
  await owner`update public.upstream_oauth_tokens set ended_at = now(), ended_reason = 'test'
    where id = ${ended.upstreamTokenId}`;

  assertEquals(await lease(without.ask), { outcome: "no_refresh_token", ...nothing });
  assertEquals(await lease(disabled.ask), { outcome: "config_disabled", ...nothing });
  assertEquals(await lease(ended.ask), { outcome: "ended", ...nothing });
  assertEquals(await lease({ ...ended.ask, p_upstream_token_id: "uoat_nobody" }), {
    outcome: "ended",
    ...nothing,
  });
});
