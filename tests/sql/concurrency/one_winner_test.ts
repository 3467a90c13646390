import { assert, assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { countOutcomes, runAtOnce } from "../../support/database/parallel.ts";
import {
  buildApproval,
  buildCompletion,
  buildLogin,
  claimSession,
  issueCode,
  issueFamily,
  makeConfig,
  makeTenant,
  newHash,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
const crowd = database.openService(50);
await runAtOnce(50, () => crowd`select pg_sleep(0.02)`);
Deno.test.afterAll(() => database.close());

async function countUsers(organizationId: string): Promise<Row> {
  const [row] = await owner`
    select count(distinct holder.id)::integer as users, count(upstream.id)::integer as tokens
    from public.mcp_server_user as holder
    left join public.upstream_oauth_tokens as upstream on upstream.mcp_server_user_id = holder.id
    where holder.organization_id = ${organizationId}`;
  return { ...row };
}

Deno.test("1,000 concurrent provisions of one new subject make one user and 1,000 vault entries", async () => {
  const tenant = await makeTenant(database);
  const login = { p_upstream_sub: "ada", p_email: "ada@example.com", p_email_verified: true };

  const provisioned = await runAtOnce(
    1_000,
    () => call(crowd, "provision_mcp_server_user", buildLogin(tenant, login)),
  );

  assertEquals(countOutcomes(provisioned), { created: 1, matched: 999 });
  assertEquals(new Set(provisioned.map((row) => row.mcp_server_user_id)).size, 1);
  assertEquals(await countUsers(tenant.organizationId), { users: 1, tokens: 1_000 });
});

Deno.test("1,000 concurrent first logins with one verified address through two configs make one user", async () => {
  const tenant = await makeTenant(database, { config: { link_verified_email: true } });
  const otherConfig = await makeConfig(owner, tenant.organizationId, { link_verified_email: true });

  const provisioned = await runAtOnce(1_000, (index) =>
    call(
      crowd,
      "provision_mcp_server_user",
      buildLogin({ ...tenant, configId: index % 2 === 0 ? tenant.configId : otherConfig }, {
        p_upstream_sub: "ada",
        p_email: index % 3 === 0 ? "Ada@example.com" : "ada@example.com",
        p_email_verified: true,
      }),
    ));

  assertEquals(countOutcomes(provisioned), { created: 1, linked_email: 1, matched: 998 });
  assertEquals(await countUsers(tenant.organizationId), { users: 1, tokens: 1_000 });
});

Deno.test("logins that carry one tracking id at once: one claims, and no visitor is lost", async () => {
  const tenant = await makeTenant(database);
  const rounds = 20;
  for (let round = 0; round < rounds; round++) {
    const p_tracking_id = `visitor-${round}`;

    const provisioned = await runAtOnce(
      20,
      (index) =>
        index % 4 === 0
          ? call(crowd, "track_mcp_server_user", {
            p_organization_id: tenant.organizationId,
            p_tracking_id,
            p_email: null,
          })
          : call(
            crowd,
            "provision_mcp_server_user",
            buildLogin(tenant, { p_upstream_sub: `${round}-${index}`, p_tracking_id }),
          ),
    );

    const outcomes = countOutcomes(provisioned);
    assertEquals((outcomes.created ?? 0) + (outcomes.claimed_tracking ?? 0), 15);
    assertEquals((outcomes.claimed_tracking ?? 0) <= 1, true);
    assertEquals((outcomes.tracked ?? 0) + (outcomes.known ?? 0), 5);
  }
  const [row] = await owner`
    select count(*)::integer as users, count(tracking_hash)::integer as tracked
    from public.mcp_server_user where organization_id = ${tenant.organizationId}`;
  assertEquals({ ...row }, { users: 15 * rounds, tracked: rounds });
});

Deno.test("known users who bring one tracking id at once: one takes the history, none is lost", async () => {
  const tenant = await makeTenant(database);
  const subjects = Array.from({ length: 10 }, (_, index) => `known-${index}`);
  await runAtOnce(
    10,
    (index) =>
      call(crowd, "provision_mcp_server_user", buildLogin(tenant, { p_upstream_sub: subjects[index] })),
  );
  for (let round = 0; round < 20; round++) {
    const p_tracking_id = `merged-${round}`;
    await call(service, "track_mcp_server_user", {
      p_organization_id: tenant.organizationId,
      p_tracking_id,
      p_email: null,
    });

    const provisioned = await runAtOnce(
      10,
      (index) =>
        call(
          crowd,
          "provision_mcp_server_user",
          buildLogin(tenant, { p_upstream_sub: subjects[index], p_tracking_id }),
        ),
    );

    assertEquals(countOutcomes(provisioned), { matched: 10 });
  }
  const [row] = await owner`
    select count(*)::integer as users,
      (select sum(occurrences)::integer from public.mcp_audit_events
       where organization_id = ${tenant.organizationId} and event = 'user_merged') as merges
    from public.mcp_server_user where organization_id = ${tenant.organizationId}`;
  assertEquals({ ...row }, { users: 10, merges: 20 });
});

Deno.test("200 rounds of 50 parallel redemptions of one code: one success each, and the family ends", async () => {
  const tenant = await makeTenant(database);
  for (let round = 0; round < 200; round++) {
    const { redemption } = await issueCode(service, tenant);

    const redeemed = await runAtOnce(
      50,
      () =>
        call(crowd, "redeem_authorization_code", {
          ...redemption,
          p_handle_hash: newHash(),
          p_refresh_hash: newHash(),
        }),
    );

    assertEquals(countOutcomes(redeemed), { redeemed: 1, replayed: 49 });
  }
  const [families] = await owner`
    select count(*)::integer as families, count(revoked_at)::integer as revoked
    from public.mcp_proxy_tokens where mcp_server_id = ${tenant.serverId}`;
  assertEquals({ ...families }, { families: 200, revoked: 200 });
});

Deno.test("100 rounds of 20 parallel refreshes: one successor, the same for all", async () => {
  const tenant = await makeTenant(database);
  for (let round = 0; round < 100; round++) {
    const { familyId, rotation } = await issueFamily(database, tenant);

    const presented = Array.from({ length: 20 }, (_, index) => ({
      ...rotation,
      p_next_refresh_hash: newHash(),
      p_successor_ciphertext: `sealed-${index}`,
    }));
    const rotated = await runAtOnce(
      20,
      (index) => call(crowd, "rotate_refresh_token", presented[index] ?? {}),
    );

    assertEquals(countOutcomes(rotated), { rotated: 1, converged: 19 });
    const winner = presented[rotated.findIndex(({ outcome }) => outcome === "rotated")];
    const successors = new Set(
      rotated.filter(({ outcome }) => outcome === "converged").map((row) =>
        String(row.successor_ciphertexts)
      ),
    );
    assertEquals([...successors], [winner?.p_successor_ciphertext]);
    const [family] = await owner`
      select refresh_hash, revoked_at from public.mcp_proxy_tokens where id = ${familyId}`;
    assertEquals({ ...family }, { refresh_hash: winner?.p_next_refresh_hash, revoked_at: null });
  }
});

Deno.test("100 rounds of 20 parallel refreshes with tokens of three generations: one successor, and nobody is refused", async () => {
  const tenant = await makeTenant(database);
  for (let round = 0; round < 100; round++) {
    const { familyId, rotation } = await issueFamily(database, tenant);
    const second = {
      ...rotation,
      p_refresh_hash: rotation.p_next_refresh_hash,
      p_next_refresh_hash: newHash(),
    };
    const hashes = [rotation.p_refresh_hash, second.p_refresh_hash, second.p_next_refresh_hash];
    await call(service, "rotate_refresh_token", { ...rotation, p_successor_ciphertext: "second" });
    await call(service, "rotate_refresh_token", { ...second, p_successor_ciphertext: "third" });

    const rotated = await runAtOnce(
      20,
      (index) =>
        call(crowd, "rotate_refresh_token", {
          ...rotation,
          p_refresh_hash: hashes[index % 3],
          p_next_refresh_hash: newHash(),
          p_successor_ciphertext: `fourth-${index}`,
        }),
    );

    assertEquals(countOutcomes(rotated), { rotated: 1, converged: 19 });
    const winner = rotated.findIndex(({ outcome }) => outcome === "rotated");
    const succession = ["second", "third", `fourth-${winner}`];
    for (const [index, { successor_ciphertexts }] of rotated.entries()) {
      const before = succession.slice(index % 3, 2);
      const expected = [before, [...before, succession[2]]].map(String).filter((led) => led !== "");
      assert(
        index === winner || expected.includes(String(successor_ciphertexts)),
        String(successor_ciphertexts),
      );
    }
    const [family] = await owner`select revoked_at from public.mcp_proxy_tokens where id = ${familyId}`;
    assertEquals(family?.revoked_at, null);
  }
});

Deno.test("50 rounds of 20 parallel claims of one session: one is claimed", async () => {
  const tenant = await makeTenant(database);
  for (let round = 0; round < 50; round++) {
    const approval = buildApproval(tenant);
    await call(service, "open_authorization_session", approval);

    const claims = await runAtOnce(20, () =>
      call(crowd, "claim_authorization_session", {
        p_state_hash: approval.p_state_hash,
        p_browser_hash: approval.p_browser_hash,
      }));

    assertEquals(countOutcomes(claims), { claimed: 1, replayed: 19 });
  }
});

Deno.test("one consent form presented 20 times at once opens one session", async () => {
  const tenant = await makeTenant(database);
  const p_form_hash = newHash();

  const opened = await runAtOnce(
    20,
    () => call(crowd, "open_authorization_session", buildApproval(tenant, { p_form_hash })),
  );

  assertEquals(countOutcomes(opened), { opened: 1, form_replayed: 19 });
});

Deno.test("one session completed 20 times at once has one code", async () => {
  const tenant = await makeTenant(database);
  const { sessionId } = await claimSession(service, tenant);

  const completed = await runAtOnce(
    20,
    () => call(crowd, "complete_authorization", buildCompletion(tenant, sessionId)),
  );

  assertEquals(countOutcomes(completed), { completed: 1, unknown: 19 });
  assertEquals(await countUsers(tenant.organizationId), { users: 1, tokens: 1 });
});

Deno.test("100 workers at one vault entry: one leases, and after it stored the others find it fresh", async () => {
  const tenant = await makeTenant(database);
  const { upstreamTokenId } = await issueFamily(database, tenant, { completion: { p_access_token: "old" } });
  const lease = (p_lease_hash: string): Promise<Row> =>
    call(crowd, "lease_upstream_refresh", {
      p_upstream_token_id: upstreamTokenId,
      p_lease_hash,
      p_known_access_token: "old",
    });
  const hashes = Array.from({ length: 100 }, () => newHash());

  const leased = await runAtOnce(100, (index) => lease(hashes[index] ?? ""));
  const winner = hashes[leased.findIndex(({ outcome }) => outcome === "leased")];
  await call(service, "store_upstream_refresh", {
    p_upstream_token_id: upstreamTokenId,
    p_lease_hash: winner,
    p_access_token: "new",
    p_refresh_token: null,
    p_scope: null,
    p_expires_at: null,
  });
  const later = await runAtOnce(100, () => lease(newHash()));

  assertEquals(countOutcomes(leased), { leased: 1, busy: 99 });
  assertEquals(countOutcomes(later), { fresh: 100 });
});
