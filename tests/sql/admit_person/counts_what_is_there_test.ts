import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { buildLogin, makeConfig, makeTenant, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

/** What is counted, and what is there. */
async function readCount({ organizationId }: Tenant): Promise<Row> {
  const [row] = await owner`
    select counted.identities - organization.identities_gone as counted,
      (select count(*)::integer from public.mcp_server_user_identities as identity
        where identity.organization_id = ${organizationId}) as identities
    from public.organization_people as counted
    join public.organizations as organization on organization.id = counted.organization_id
    where organization.id = ${organizationId}`;
  return { ...row };
}

async function provision(tenant: Tenant, changes: Row): Promise<string> {
  const { mcp_server_user_id } = await call(
    service,
    "provision_mcp_server_user",
    buildLogin(tenant, changes),
  );
  return String(mcp_server_user_id);
}

Deno.test("whatever makes, links, claims, merges, moves or deletes people, the count is that of their identities", async () => {
  const tenant = await makeTenant(database, {
    config: { link_verified_email: true, client_secret_ciphertext: null, token_endpoint_auth_method: "none" },
  });
  const { sql } = await makePlatformUser(database, tenant.organizationId, "owner");
  const verified = { p_email: "ada@example.com", p_email_verified: true };
  const [config] = await owner`select issuer from public.custom_oauth_configs where id = ${tenant.configId}`;
  await makeConfig(owner, tenant.organizationId, { issuer: config?.issuer });
  const seen: unknown[] = [];
  const see = async (what: string, act: () => Promise<unknown>): Promise<void> => {
    await act();
    const { counted, identities } = await readCount(tenant);
    seen.push([what, counted, identities]);
  };

  const [ada, bob, cay] = [
    await provision(tenant, { ...verified, p_upstream_sub: "ada" }),
    await provision(tenant, { p_upstream_sub: "bob" }),
    await provision(tenant, { p_upstream_sub: "cay" }),
  ];
  await see("known", () => provision(tenant, { p_upstream_sub: "bob" }));
  await see("linked", () => provision(tenant, { ...verified, p_upstream_sub: "ada-again" }));
  await call(service, "track_mcp_server_user", {
    p_organization_id: tenant.organizationId,
    p_tracking_id: "visitor",
  });
  await see("claimed", () => provision(tenant, { p_upstream_sub: "dan", p_tracking_id: "visitor" }));
  let merge: Row = {};
  await see("merged", async () => {
    merge = await call(sql, "merge_mcp_server_users", { p_mcp_server_user_id: bob, p_merged_user_id: cay });
  });
  await see("taken back", () => call(sql, "unmerge_mcp_server_users", { p_merge_id: merge.id }));
  await see("deleted", () => call(sql, "delete_mcp_server_user", { p_mcp_server_user_id: bob }));
  await see("moved, and kept for the other config", () =>
    call(sql, "move_oauth_config_issuer", {
      p_oauth_config_id: tenant.configId,
      p_issuer: "https://moved.example.com",
      p_dry_run: false,
    }));
  await see("erased", () => call(sql, "erase_mcp_server_user", { p_mcp_server_user_id: ada }));

  assertEquals(seen.map((each) => String(each)), [
    "known,3,3",
    "linked,4,4",
    "claimed,5,5",
    "merged,5,5",
    "taken back,5,5",
    "deleted,4,4",
    "moved, and kept for the other config,8,8",
    "erased,4,4",
  ]);
});

Deno.test("a refused person locks nothing, and a known one neither", async () => {
  const tenant = await makeTenant(database);
  await provision(tenant, { p_upstream_sub: "ada" });
  await call(service, "save_deployment_settings", { p_people_per_organization: 1 });
  const other = database.openService(1);
  await other`set lock_timeout = '2s'`;

  const outcomes = await owner.begin(async (transaction) => {
    await transaction`
      select from public.organization_people where organization_id = ${tenant.organizationId} for update`;
    return [
      await call(other, "provision_mcp_server_user", buildLogin(tenant, { p_upstream_sub: "ada" })),
      await call(other, "provision_mcp_server_user", buildLogin(tenant, { p_upstream_sub: "bob" })),
    ];
  });
  await call(service, "save_deployment_settings", { p_people_per_organization: 1_000_000 });

  assertEquals(outcomes.map(({ outcome }) => outcome), ["matched", "people_quota_reached"]);
});
