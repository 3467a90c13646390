/**
 * Two connections on one refresh token that two logins live on.
 */

import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { countOutcomes, readBackend, runAtOnce, untilBlocked } from "../../support/database/parallel.ts";
import { makePlatform } from "../../support/database/platform.ts";
import {
  buildLogin,
  type IssuedFamily,
  issueFamily,
  makeOrganization,
  makeTenant,
  newHash,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
const crowd = database.openService(20);
await runAtOnce(20, () => crowd`select pg_sleep(0.02)`);
Deno.test.afterAll(() => database.close());

interface Given {
  tenant: Tenant;
  first: IssuedFamily;
  later: IssuedFamily;
}

async function givenLogins(): Promise<Given> {
  const tenant = await makeTenant(database);
  const logIn = (changes: Row): Promise<IssuedFamily> =>
    issueFamily(database, tenant, { completion: { p_upstream_sub: "person", ...changes } });
  return {
    tenant,
    first: await logIn({ p_access_token: "A", p_refresh_token: "R" }),
    later: await logIn({ p_access_token: "B", p_refresh_token: null }),
  };
}

const buildRevocation = (tenant: Tenant, login: IssuedFamily): Row => ({
  p_slug: tenant.slug,
  p_client_id: tenant.clientId,
  p_client_secret_hash: null,
  p_handle_hash: login.handleHash,
  p_family_id: null,
});

Deno.test("40 workers that would refresh either of two logins at once get one lease", async () => {
  const { first, later } = await givenLogins();

  const leases = await runAtOnce(40, (index) =>
    call(crowd, "lease_upstream_refresh", {
      p_upstream_token_id: (index % 2 === 0 ? first : later).upstreamTokenId,
      p_lease_hash: newHash(),
      p_known_access_token: index % 2 === 0 ? "A" : "B",
    }));

  assertEquals(countOutcomes(leases), { leased: 1, busy: 39 });
});

Deno.test("two logins that are revoked at once give the refresh token back once", async () => {
  for (let round = 0; round < 20; round++) {
    const { tenant, first, later } = await givenLogins();

    const revoked = await Promise.all(
      [first, later].map((login) => call(crowd, "revoke_token", buildRevocation(tenant, login))),
    );

    assertEquals(revoked.map(({ outcome }) => outcome), ["revoked", "revoked"]);
    assertEquals(revoked.map(({ refresh_token_ciphertext: token }) => token).sort(), ["R", null]);
  }
});

Deno.test("a login that would borrow waits for the revocation of the last that lives on it, and gets nothing", async () => {
  const tenant = await makeTenant(database);
  const first = await issueFamily(database, tenant, {
    completion: { p_upstream_sub: "person", p_refresh_token: "R" },
  });
  const borrower = database.openService(1);
  const backend = await readBackend(borrower);
  const login = buildLogin(tenant, { p_upstream_sub: "person", p_refresh_token: null });

  const { revoked, provisioning } = await service.begin(async (transaction) => {
    const revoked = await call(transaction as never, "revoke_token", buildRevocation(tenant, first));
    const provisioning = call(borrower, "provision_mcp_server_user", login);
    await untilBlocked(owner, backend);
    return { revoked, provisioning: [provisioning] as const };
  });
  const { upstream_token_id } = await provisioning[0];

  const [entry] = await owner`
    select lender_id from public.upstream_oauth_tokens where id = ${String(upstream_token_id)}`;
  assertEquals([revoked.refresh_token_ciphertext, entry?.lender_id], ["R", null]);
});

Deno.test("a revocation waits for a login that is about to borrow, and gives nothing back", async () => {
  const tenant = await makeTenant(database);
  const first = await issueFamily(database, tenant, {
    completion: { p_upstream_sub: "person", p_refresh_token: "R" },
  });
  const revoker = database.openService(1);
  const backend = await readBackend(revoker);
  const login = buildLogin(tenant, { p_upstream_sub: "person", p_refresh_token: null });

  const revoking = await service.begin(async (transaction) => {
    await call(transaction as never, "provision_mcp_server_user", login);
    const revoking = call(revoker, "revoke_token", buildRevocation(tenant, first));
    await untilBlocked(owner, backend);
    return [revoking] as const;
  });

  assertEquals((await revoking[0]).refresh_token_ciphertext, null);
});

Deno.test("refreshes, endings, revocations and a logout everywhere meet in any order, and none is a deadlock", async () => {
  for (let round = 0; round < 10; round++) {
    const { tenant, first, later } = await givenLogins();
    const platform = await makePlatform(database, tenant.organizationId, await makeOrganization(owner));
    const known = { p_lease_hash: newHash(), p_reason: "upstream_grant_refused" };
    const acts: (() => Promise<Row>)[] = [first, later].flatMap((login) => {
      const id = { p_upstream_token_id: login.upstreamTokenId };
      const p_known_access_token = login === first ? "A" : "B";
      const lease = { ...id, p_lease_hash: known.p_lease_hash };
      return [
        () => call(crowd, "lease_upstream_refresh", { ...lease, p_known_access_token }),
        () => call(crowd, "count_upstream_refusal", { ...lease, p_reason: "upstream_refused" }),
        () => call(crowd, "end_upstream_token", { ...id, ...known, p_known_access_token }),
        () => call(crowd, "report_client_refusal", { ...lease, p_reason: "upstream_client_refused" }),
        () => call(crowd, "revoke_token", buildRevocation(tenant, login)),
      ];
    });
    acts.push(
      () => call(platform.owner.sql, "revoke_mcp_server_user_tokens", { p_mcp_server_user_id: first.userId }),
      () => call(platform.admin.sql, "delete_mcp_server", { p_id: tenant.serverId }),
    );

    const outcomes = await Promise.all(acts.map((act) => act().then(({ outcome }) => outcome)));

    assertEquals(outcomes.every((outcome) => typeof outcome === "string"), true);
  }
});
