import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row, type Sql } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import {
  buildLogin,
  buildSealedToken,
  makeConfig,
  makeTenant,
  newName,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const PUBLIC_CLIENT = { config: { token_endpoint_auth_method: "none", client_secret_ciphertext: null } };

interface Setting {
  tenant: Tenant;
  sql: Sql;
  issuer: string;
  move: (changes?: Row) => Promise<Row>;
  logIn: (subject: string, changes?: Row) => Promise<Row>;
}

async function open(changes: Parameters<typeof makeTenant>[1] = PUBLIC_CLIENT): Promise<Setting> {
  const tenant = await makeTenant(database, changes);
  const { sql } = await makePlatformUser(database, tenant.organizationId, "admin");
  const issuer = `https://${newName("new")}.example.com`;
  return {
    tenant,
    sql,
    issuer,
    move: (changes = {}) =>
      call(sql, "move_oauth_config_issuer", {
        p_oauth_config_id: tenant.configId,
        p_issuer: issuer,
        ...changes,
      }),
    logIn: (subject, changes = {}) =>
      call(service, "provision_mcp_server_user", buildLogin(tenant, { p_upstream_sub: subject, ...changes })),
  };
}

async function readIssuer({ tenant }: Setting): Promise<unknown> {
  const [config] = await owner`select issuer from public.custom_oauth_configs where id = ${tenant.configId}`;
  return config?.issuer;
}

Deno.test("after a move everybody is the same person, and the audit has the move", async () => {
  const setting = await open();
  const [ada, bob] = [await setting.logIn("ada"), await setting.logIn("bob")];

  const moved = await setting.move({ p_dry_run: false });

  assertEquals([moved.outcome, moved.people, moved.conflicts], ["moved", 2, 0]);
  assertEquals(await readIssuer(setting), setting.issuer);
  const again = [await setting.logIn("ada"), await setting.logIn("bob")];
  assertEquals(again.map(({ outcome }) => outcome), ["matched", "matched"]);
  assertEquals(again.map(({ mcp_server_user_id }) => mcp_server_user_id), [
    ada.mcp_server_user_id,
    bob.mcp_server_user_id,
  ]);
  const events = await owner`
    select event from public.mcp_audit_events
    where organization_id = ${setting.tenant.organizationId} and platform_user_id is not null order by id`;
  assertEquals(events.map(({ event }) => event), ["config_saved", "issuer_moved"]);
});

Deno.test("a move is a dry run unless it says otherwise, and that changes nothing", async () => {
  const setting = await open();
  await setting.logIn("ada");
  const before = await readIssuer(setting);

  const counted = await setting.move();

  assertEquals([counted.outcome, counted.people, counted.conflicts], ["would_move", 1, 0]);
  assertEquals(await readIssuer(setting), before);
  const identities = await owner`
    select source from public.mcp_server_user_identities where organization_id = ${setting.tenant.organizationId}`;
  assertEquals(identities.map(({ source }) => source), [before]);
});

Deno.test("who is known at the new issuer as somebody else is not moved, and nobody else is", async () => {
  const setting = await open();
  await setting.logIn("ada");
  await setting.logIn("bob");
  const configId = await makeConfig(owner, setting.tenant.organizationId, { issuer: setting.issuer });
  await setting.logIn("ada", { p_oauth_config_id: configId });
  const before = await readIssuer(setting);

  const refused = await setting.move({ p_dry_run: false });

  assertEquals([refused.outcome, refused.people, refused.conflicts], ["conflict", 2, 1]);
  assertEquals(await readIssuer(setting), before);
});

Deno.test("the old identity stays while another config of the organization has the old issuer", async () => {
  const setting = await open();
  const ada = await setting.logIn("ada");
  const issuer = String(await readIssuer(setting));
  const second = await makeConfig(owner, setting.tenant.organizationId, { issuer });

  await setting.move({ p_dry_run: false });

  const old = await call(service, "provision_mcp_server_user", {
    ...buildLogin({ organizationId: setting.tenant.organizationId, configId: second }),
    p_upstream_sub: "ada",
  });
  assertEquals([old.outcome, old.mcp_server_user_id], ["matched", ada.mcp_server_user_id]);
});

Deno.test("a client secret is not sent to a new issuer by who does not know it", async () => {
  const setting = await open({});
  await setting.logIn("ada");
  const before = await readIssuer(setting);

  const refused = await setting.move({ p_dry_run: false });
  const kept = await readIssuer(setting);
  const sealed = buildSealedToken(setting.tenant, { typ: "config-secret", row: setting.tenant.configId });
  const moved = await setting.move({ p_dry_run: false, p_client_secret_ciphertext: sealed });

  assertEquals([refused.outcome, refused.reason, kept], [
    "invalid",
    "config_new_place_needs_the_client_secret",
    before,
  ]);
  assertEquals(moved.outcome, "moved");
});

for (const issuer of ["ftp://login.example.com", "the present one"]) {
  Deno.test(`an issuer that is no other web URL is refused, and the argument is named: ${issuer}`, async () => {
    const setting = await open();
    const p_issuer = issuer === "the present one" ? await readIssuer(setting) : issuer;

    const { outcome, argument, expected } = await setting.move({ p_issuer });

    assertEquals([outcome, argument, expected], [
      "invalid",
      "p_issuer",
      "an https URL, and another than the present issuer",
    ]);
  });
}
