import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import {
  insertRow,
  type IssuedFamily,
  issueFamily,
  makeTenant,
  newHash,
  type Tenant,
} from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const nothing = {
  family_id: null,
  organization_id: null,
  mcp_server_user_id: null,
  client_id: null,
  resource: null,
  scope: null,
  auth_time: null,
  created_at: null,
  expires_at: null,
  email: null,
  email_verified: null,
};

interface Given {
  tenant: Tenant;
  family: IssuedFamily;
  /** Arguments that ask for the family's access token. */
  question: Row;
}

async function givenFamily(): Promise<Given> {
  const tenant = await makeTenant(database);
  const p_secret_hash = newHash();
  const p_resource_server_id = await insertRow(owner, "mcp_resource_servers", {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    name: "Weather",
    secret_hash: p_secret_hash,
  });
  const family = await issueFamily(database, tenant);
  return {
    tenant,
    family,
    question: {
      p_slug: tenant.slug,
      p_resource_server_id,
      p_secret_hash,
      p_family_id: family.familyId,
      p_handle_hash: null,
      p_refresh_hash: null,
    },
  };
}

const introspect = (args: Row): Promise<Row> => call(service, "introspect_token", args);

Deno.test("a living family is active, with what a resource server may know", async () => {
  const { tenant, family, question } = await givenFamily();

  const active = await introspect(question);

  const { created_at, expires_at, ...rest } = active;
  assertEquals(rest, {
    outcome: "active",
    family_id: family.familyId,
    organization_id: tenant.organizationId,
    mcp_server_user_id: family.userId,
    client_id: tenant.clientId,
    resource: `https://auth.example.com/mcp/${tenant.slug}`,
    scope: "openid email offline_access",
    auth_time: new Date("2026-11-01T12:00:00Z"),
    email: null,
    email_verified: false,
  });
  assertEquals(Number(expires_at) - Number(created_at), 2_592_000_000);
});

Deno.test("only the present refresh token is active", async () => {
  const { family, question } = await givenFamily();
  const { rotation } = family;
  const ask = async (p_refresh_hash: unknown): Promise<unknown> =>
    (await introspect({ ...question, p_family_id: null, p_handle_hash: family.handleHash, p_refresh_hash }))
      .outcome;

  const before = await ask(rotation.p_refresh_hash);
  await call(service, "rotate_refresh_token", rotation);
  const after = [await ask(rotation.p_refresh_hash), await ask(rotation.p_next_refresh_hash)];

  assertEquals([before, ...after], ["active", "inactive", "active"]);
});

const endings: [string, (given: Given) => PromiseLike<unknown>][] = [
  [
    "its family is revoked",
    ({ family }) =>
      owner`update public.mcp_proxy_tokens set revoked_at = now(), revoked_reason = 'test', expires_at = now()
      where id = ${family.familyId}`,
  ],
  [
    "its user is blocked",
    ({ family }) => owner`update public.mcp_server_user set blocked_at = now() where id = ${family.userId}`,
  ],
  [
    "its user is deleted",
    ({ family }) => owner`delete from public.mcp_server_user where id = ${family.userId}`,
  ],
];
for (const [when, act] of endings) {
  Deno.test(`a token is inactive when ${when}`, async () => {
    const given = await givenFamily();
    await act(given);

    assertEquals(await introspect(given.question), { outcome: "inactive", ...nothing });
  });
}

Deno.test("an expired refresh token is inactive", async () => {
  const { family, question } = await givenFamily();
  await owner`update public.mcp_proxy_tokens set expires_at = now() where id = ${family.familyId}`;

  const asked = await introspect({
    ...question,
    p_family_id: null,
    p_handle_hash: family.handleHash,
    p_refresh_hash: family.rotation.p_refresh_hash,
  });

  assertEquals(asked.outcome, "inactive");
});

Deno.test("a resource server learns nothing of another server's tokens", async () => {
  const [one, other] = [await givenFamily(), await givenFamily()];

  const asked = await introspect({ ...one.question, p_family_id: other.family.familyId });

  assertEquals(asked, { outcome: "inactive", ...nothing });
});

Deno.test("who does not prove itself learns nothing", async () => {
  const [one, other] = [await givenFamily(), await givenFamily()];

  const outcomes = [];
  for (
    const changes of [
      { p_slug: "nobody-has-this" },
      { p_resource_server_id: "mrs_nobody" },
      {
        p_resource_server_id: other.question.p_resource_server_id,
        p_secret_hash: other.question.p_secret_hash,
      },
      { p_secret_hash: newHash() },
    ]
  ) {
    const refused = await introspect({ ...one.question, ...changes });
    outcomes.push(refused.outcome);
    assertEquals({ ...refused, outcome: null }, { ...nothing, outcome: null });
  }

  assertEquals(outcomes, [
    "unknown_server",
    "unknown_resource_server",
    "unknown_resource_server",
    "wrong_secret",
  ]);
});
