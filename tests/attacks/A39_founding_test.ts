import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row, type Sql } from "../support/database/database.ts";
import { countOutcomes, readBackend, runAtOnce, untilBlocked } from "../support/database/parallel.ts";
import { makePlatformUser } from "../support/database/platform.ts";
import { makeOrganization, newName } from "../support/database/rows.ts";

const UPSTREAM = "https://mcp.example.com/mcp";
const database = await openDatabase();
const { owner, service } = database;
Deno.test.afterAll(() => database.close());

const decide = (settings: Row): Promise<Row> => call(service, "save_deployment_settings", settings);
const found = (sql: Sql): Promise<Row> => call(sql, "create_organization", { p_name: "New" });

Deno.test("A39: founding is closed until the operator opens it", async () => {
  const [column] = await owner`
    select column_default from information_schema.columns
    where table_name = 'gatepost_settings' and column_name = 'organization_founding'`;
  const { sql } = await makePlatformUser(database);
  await decide({ p_organization_founding: "closed" });

  assertEquals([(await found(sql)).outcome, column?.column_default], ["closed", "'closed'::text"]);
});

Deno.test("A39: a person founds as many organizations as the quota says, in parallel and after deleting too", async () => {
  await decide({ p_organization_founding: "open", p_organizations_per_founder: 2 });
  const { id } = await makePlatformUser(database);
  const connections = Array.from({ length: 6 }, () => database.openPlatformUser(id));

  const outcomes = countOutcomes(await runAtOnce(6, (index) => found(connections[index]!)));
  const [sql] = connections as [Sql];
  const [own] = await sql`select id from public.organizations limit 1`;
  const server = { p_slug: newName("slug"), p_name: "Server", p_auth_type: "none", p_upstream_url: UPSTREAM };
  await call(sql, "save_mcp_server", { p_organization_id: own?.id, ...server });
  const deleted = await call(sql, "delete_organization", { p_id: own?.id });

  assertEquals(outcomes, { created: 2, quota_reached: 4 });
  assertEquals([deleted.outcome, (await found(sql)).outcome], ["deleted", "quota_reached"]);
});

const KINDS: Record<string, (sql: Sql, organizationId: string) => Promise<Row>> = {
  servers: (sql, p_organization_id) =>
    call(sql, "save_mcp_server", {
      p_organization_id,
      p_slug: newName("slug"),
      p_name: "Server",
      p_auth_type: "none",
      p_upstream_url: UPSTREAM,
    }),
  configs: (sql, p_organization_id) =>
    call(sql, "save_oauth_config", {
      p_organization_id,
      p_name: "Provider",
      p_issuer: "https://login.example.com",
      p_client_id: newName("client"),
      p_token_endpoint_auth_method: "none",
    }),
};

/** Makes two through two connections of one person; the second is asked before the first has committed. */
async function makeTwo(
  [first, second]: [Sql, Sql],
  make: (sql: Sql) => Promise<Row>,
): Promise<[made: unknown, waited: unknown]> {
  const backend = await readBackend(second);
  let waits: Promise<Row> | undefined;
  const made = await first.begin(async (transaction) => {
    const answer = await make(transaction as unknown as Sql);
    waits = make(second);
    await untilBlocked(owner, backend);
    return answer;
  });
  return [made["outcome"], (await waits)?.["outcome"]];
}

Deno.test("A39: two connections do not pass a founder's quota together", async () => {
  await decide({ p_organization_founding: "open", p_organizations_per_founder: 1 });
  const { sql, id } = await makePlatformUser(database);

  assertEquals(await makeTwo([sql, database.openPlatformUser(id)], found), ["created", "quota_reached"]);
});

for (const [kind, make] of Object.entries(KINDS)) {
  Deno.test(`A39: two connections do not pass a quota of ${kind} together`, async () => {
    await decide({ p_servers_per_organization: 1, p_configs_per_organization: 1 });
    const organizationId = await makeOrganization(owner);
    const { sql, id } = await makePlatformUser(database, organizationId, "owner");

    const outcomes = await makeTwo(
      [sql, database.openPlatformUser(id)],
      (each) => make(each, organizationId),
    );

    assertEquals(outcomes, ["created", "quota_reached"]);
  });
}

Deno.test("A39: configs, invitations, members and retired names have quotas", async () => {
  const organizationId = await makeOrganization(owner);
  const { sql } = await makePlatformUser(database, organizationId, "owner");
  await decide({ p_servers_per_organization: 5 });
  const server = await call(sql, "save_mcp_server", {
    p_organization_id: organizationId,
    p_slug: newName("slug"),
    p_name: "Server",
    p_auth_type: "none",
    p_upstream_url: UPSTREAM,
  });
  const email = `${newName("person")}@example.com`;
  const person = await makePlatformUser(database);
  await owner`update auth.users set email = ${email}, email_confirmed_at = now() where id = ${person.id}`;
  const invite = { p_organization_id: organizationId, p_role: "member" };
  const invited = await call(sql, "invite_organization_member", { ...invite, p_email: email });
  await decide({
    p_configs_per_organization: 0,
    p_invitations_per_organization: 1,
    p_members_per_organization: 1,
    p_retired_names_per_organization: 0,
  });

  const answers = [
    await call(sql, "save_oauth_config", {
      p_organization_id: organizationId,
      p_name: "Provider",
      p_issuer: "https://login.example.com",
      p_client_id: "gatepost",
      p_token_endpoint_auth_method: "none",
    }),
    await call(sql, "invite_organization_member", { ...invite, p_email: "another@example.com" }),
    await call(person.sql, "accept_organization_invitation", { p_invitation_id: invited.id }),
    await call(sql, "save_mcp_server", { p_id: server.id, p_slug: newName("slug") }),
  ];

  assertEquals(answers.map(({ outcome }) => outcome), Array(4).fill("quota_reached"));
});
