import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { issueFamily, makeTenant, newHash } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

async function givenLease(): Promise<{ upstreamTokenId: string; storing: Row }> {
  const { upstreamTokenId } = await issueFamily(database, await makeTenant(database), {
    completion: { p_access_token: "old-access", p_refresh_token: "old-refresh", p_scope: "old" },
  });
  const p_lease_hash = newHash();
  await call(service, "lease_upstream_refresh", {
    p_upstream_token_id: upstreamTokenId,
    p_lease_hash,
    p_known_access_token: "old-access",
  });
  return {
    upstreamTokenId,
    storing: {
      p_upstream_token_id: upstreamTokenId,
      p_lease_hash,
      p_access_token: "new-access",
      p_refresh_token: "new-refresh",
      p_scope: "new",
      p_expires_at: new Date("2027-01-01T00:00:00Z"),
    },
  };
}

const store = (args: Row): Promise<Row> => call(service, "store_upstream_refresh", args);

async function readEntry(id: string): Promise<Row> {
  const [entry] = await owner`
    select access_token_ciphertext, refresh_token_ciphertext, scope, expires_at, refreshed_at is not null as refreshed,
      refresh_lease_hash
    from public.upstream_oauth_tokens where id = ${id}`;
  return { ...entry };
}

Deno.test("the holder stores what the provider sent, and the lease is given back", async () => {
  const { upstreamTokenId, storing } = await givenLease();

  const stored = await store(storing);

  assertEquals(stored, { outcome: "stored" });
  assertEquals(await readEntry(upstreamTokenId), {
    access_token_ciphertext: "new-access",
    refresh_token_ciphertext: "new-refresh",
    scope: "new",
    expires_at: new Date("2027-01-01T00:00:00Z"),
    refreshed: true,
    refresh_lease_hash: null,
  });
});

Deno.test("a refresh token and a scope that the provider does not send stay; an expiry does not", async () => {
  const { upstreamTokenId, storing } = await givenLease();

  await store({ ...storing, p_refresh_token: null, p_scope: null, p_expires_at: null });

  const entry = await readEntry(upstreamTokenId);
  assertEquals([entry.refresh_token_ciphertext, entry.scope, entry.expires_at], ["old-refresh", "old", null]);
});

Deno.test("a lease that ran out is still its holder's while nobody has taken it", async () => {
  const { upstreamTokenId, storing } = await givenLease();
  await owner`
    update public.upstream_oauth_tokens set refresh_leased_until = now() - interval '1 second'
    where id = ${upstreamTokenId}`;

  assertEquals(await store(storing), { outcome: "stored" });
});

Deno.test("who holds no lease, or comes after the end, stores nothing", async () => {
  const { upstreamTokenId, storing } = await givenLease();
  const before = await readEntry(upstreamTokenId);

  const stranger = await store({ ...storing, p_lease_hash: newHash() });
  const unchanged = await readEntry(upstreamTokenId);
  await call(service, "end_upstream_token", {
    p_upstream_token_id: upstreamTokenId,
    p_lease_hash: storing.p_lease_hash,
    p_known_access_token: "old-access",
    p_reason: "invalid_grant",
  });
  const late = await store(storing);

  assertEquals([stranger.outcome, unchanged, late.outcome], ["lease_lost", before, "ended"]);
});
