/**
 * A client of `private_key_jwt`: no call without an assertion, and none with a used one.
 *
 * What SQL is told is the hash of an assertion's id; the endpoints checked its signature.
 */

import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { countOutcomes, runAtOnce } from "../../support/database/parallel.ts";
import { issueCode, issueFamily, makeTenant, newHash, type Tenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
const crowd = database.openService(20);
await runAtOnce(20, () => crowd`select pg_sleep(0.02)`);
Deno.test.afterAll(() => database.close());

const KEYED = {
  token_endpoint_auth_method: "private_key_jwt",
  client_metadata: { jwks_uri: "https://client.example.com/jwks" },
};

function buildAssertion(changes: Row = {}): Row {
  return { p_assertion_hash: newHash(), p_assertion_expires_at: new Date(Date.now() + 120_000), ...changes };
}

/** A tenant whose client has keys. */
function makeKeyedTenant(client: Row = {}): Promise<Tenant> {
  return makeTenant(database, { client: { ...KEYED, ...client } });
}

/** Each call of a client, with valid arguments but for the proof, and what it comes to. */
const CALLS: [name: string, prepare: (tenant: Tenant) => Promise<Row>, outcome: string][] = [
  ["redeem_authorization_code", async (tenant) => (await issueCode(service, tenant)).redemption, "redeemed"],
  [
    "rotate_refresh_token",
    async (tenant) => (await issueFamily(database, tenant, { redemption: buildAssertion() })).rotation,
    "rotated",
  ],
  ["revoke_token", async (tenant) => {
    const { familyId } = await issueFamily(database, tenant, { redemption: buildAssertion() });
    return {
      p_slug: tenant.slug,
      p_client_id: tenant.clientId,
      p_client_secret_hash: null,
      p_handle_hash: null,
      p_family_id: familyId,
    };
  }, "revoked"],
  ["introspect_own_token", async (tenant) => {
    const { familyId } = await issueFamily(database, tenant, { redemption: buildAssertion() });
    return {
      p_slug: tenant.slug,
      p_client_id: tenant.clientId,
      p_family_id: familyId,
      p_handle_hash: null,
      p_refresh_hash: null,
    };
  }, "active"],
];

for (const [name, prepare, outcome] of CALLS) {
  Deno.test(`${name} lets a client with an assertion in, and the same assertion no second time`, async () => {
    const tenant = await makeKeyedTenant();
    const args = await prepare(tenant);
    const assertion = buildAssertion();

    const first = await call(service, name, { ...args, ...assertion });
    const second = await call(service, name, { ...args, ...assertion });

    assertEquals([first.outcome, second.outcome], [outcome, "assertion_replayed"]);
  });

  if (name !== "introspect_own_token") {
    Deno.test(`${name} asks a client that has keys for an assertion, and does nothing without one`, async () => {
      const tenant = await makeKeyedTenant();
      const args = await prepare(tenant);

      const without = await call(service, name, args);
      const secret = await call(service, name, { ...args, p_client_secret_hash: newHash() });
      const afterwards = await call(service, name, { ...args, ...buildAssertion() });

      assertEquals([without.outcome, secret.outcome, afterwards.outcome], [
        "assertion_required",
        "assertion_required",
        outcome,
      ]);
    });
  }

  Deno.test(`${name} refuses an assertion that has expired, and one without an expiry is a bug`, async () => {
    const tenant = await makeKeyedTenant();
    const args = await prepare(tenant);

    const late = await call(service, name, {
      ...args,
      ...buildAssertion({ p_assertion_expires_at: new Date(0) }),
    });
    const state = await findSqlState(() =>
      call(service, name, { ...args, ...buildAssertion({ p_assertion_expires_at: null }) })
    );

    assertEquals([late.outcome, state], ["assertion_expired", "22004"]);
  });
}

Deno.test("an assertion stands in for no secret", async () => {
  const secretHash = newHash();
  const tenant = await makeTenant(database, {
    client: { token_endpoint_auth_method: "client_secret_basic", client_secret_hash: secretHash },
  });
  const { redemption } = await issueCode(service, tenant);

  const asserted = await call(service, "redeem_authorization_code", { ...redemption, ...buildAssertion() });
  const proven = await call(service, "redeem_authorization_code", {
    ...redemption,
    p_client_secret_hash: secretHash,
  });

  assertEquals([asserted.outcome, proven.outcome], ["wrong_secret", "redeemed"]);
});

Deno.test("a public client's assertion is used up as well", async () => {
  const tenant = await makeTenant(database);
  const { rotation } = await issueFamily(database, tenant);
  const assertion = buildAssertion();

  const outcomes = [];
  for (const proof of [assertion, assertion, {}]) {
    outcomes.push((await call(service, "rotate_refresh_token", { ...rotation, ...proof })).outcome);
  }

  assertEquals(outcomes, ["rotated", "assertion_replayed", "converged"]);
});

Deno.test("two clients may use one id for their assertions", async () => {
  const assertion = buildAssertion();

  const outcomes = [];
  for (const tenant of [await makeKeyedTenant(), await makeKeyedTenant()]) {
    const { redemption } = await issueCode(service, tenant);
    outcomes.push(
      (await call(service, "redeem_authorization_code", { ...redemption, ...assertion })).outcome,
    );
  }

  assertEquals(outcomes, ["redeemed", "redeemed"]);
});

Deno.test("an assertion that is replayed leaves the code as it is, for whoever stole one has nothing else", async () => {
  const tenant = await makeKeyedTenant();
  const [stolen, { redemption }] = [buildAssertion(), await issueCode(service, tenant)];
  const other = await issueCode(service, tenant);
  await call(service, "redeem_authorization_code", { ...other.redemption, ...stolen });

  const replayed = await call(service, "redeem_authorization_code", { ...redemption, ...stolen });
  const honest = await call(service, "redeem_authorization_code", { ...redemption, ...buildAssertion() });

  assertEquals([replayed.outcome, honest.outcome], ["assertion_replayed", "redeemed"]);
});

Deno.test("of 20 at once with one assertion, one is let in, in 50 rounds", async () => {
  const tenant = await makeKeyedTenant();
  const totals: Record<string, number> = {};
  for (let round = 0; round < 50; round++) {
    const { rotation } = await issueFamily(database, tenant, { redemption: buildAssertion() });
    const assertion = buildAssertion();
    const rotated = await runAtOnce(
      20,
      () => call(crowd, "rotate_refresh_token", { ...rotation, ...assertion }),
    );
    for (const [outcome, count] of Object.entries(countOutcomes(rotated))) {
      totals[outcome] = (totals[outcome] ?? 0) + count;
    }
  }

  assertEquals(totals, { rotated: 50, assertion_replayed: 950 });
});

Deno.test("an assertion is as good as before where what it was for failed for a reason of the moment", async () => {
  const tenant = await makeKeyedTenant();
  const { redemption } = await issueCode(service, tenant);
  const assertion = buildAssertion();
  await service.begin(async (transaction) => {
    await call(transaction as unknown as typeof service, "redeem_authorization_code", {
      ...redemption,
      ...assertion,
    });
    throw new Error("the connection breaks");
  }).catch(() => undefined);

  const again = await call(service, "redeem_authorization_code", { ...redemption, ...assertion });

  assertEquals(again.outcome, "redeemed");
});

Deno.test("a client that no login has used holds 20 assertions at a time, and room comes with their end", async () => {
  const tenant = await makeKeyedTenant();
  const revoke = (): Promise<Row> =>
    call(service, "revoke_token", {
      p_slug: tenant.slug,
      p_client_id: tenant.clientId,
      p_client_secret_hash: null,
      p_handle_hash: newHash(),
      p_family_id: null,
      ...buildAssertion(),
    });
  const outcomes = [];
  for (let count = 0; count < 22; count++) {
    outcomes.push((await revoke()).outcome);
  }
  await owner`
    update public.mcp_client_assertions set expires_at = now() - interval '1 second'
    where mcp_client_registration_id = ${tenant.registrationId}`;
  const later = await revoke();

  assertEquals(countOutcomes(outcomes.map((outcome) => ({ outcome }))), {
    unknown: 20,
    too_many_assertions: 2,
  });
  assertEquals(later.outcome, "unknown");
});

Deno.test("a client that logins have used holds 10,000, and one more is refused for the moment", async () => {
  const tenant = await makeKeyedTenant();
  const { rotation } = await issueFamily(database, tenant, { redemption: buildAssertion() });
  await owner`
    insert into public.mcp_client_assertions
    select ${tenant.organizationId}, ${tenant.registrationId}, lpad(n::text, 43, '0'), now() + interval '1 hour', n
    from generate_series(0, 9999) as n
    where n not in (
      select slot from public.mcp_client_assertions
      where mcp_client_registration_id = ${tenant.registrationId} and slot is not null
    )`;
  const rotate = async (): Promise<unknown> =>
    (await call(service, "rotate_refresh_token", { ...rotation, ...buildAssertion() })).outcome;

  const full = await rotate();
  await owner`delete from public.mcp_client_assertions
    where mcp_client_registration_id = ${tenant.registrationId} and slot % 20 <> 0`;
  const emptied = await rotate();

  assertEquals([full, emptied], ["too_many_assertions", "rotated"]);
});

Deno.test("clean-up takes assertions that have expired, and leaves the others", async () => {
  const tenant = await makeKeyedTenant();
  await owner`
    insert into public.mcp_client_assertions
    select ${tenant.organizationId}, ${tenant.registrationId}, lpad(n::text, 43, 'x'),
      now() + make_interval(secs => case when n <= 3 then -1 else 60 end)
    from generate_series(1, 5) as n`;

  await call(service, "purge_expired", { p_limit: 1000 });

  const [row] = await owner`
    select count(*)::integer as left from public.mcp_client_assertions
    where mcp_client_registration_id = ${tenant.registrationId}`;
  assertEquals(row?.left, 2);
});

Deno.test("no client has keys for its method and names none, or has a secret beside them", async () => {
  const tenant = await makeTenant(database);
  const change = (columns: Row): Promise<string | undefined> =>
    findSqlState(() =>
      owner`update public.mcp_client_registrations set ${owner(columns as Record<string, string>)}
        where id = ${tenant.registrationId}`
    );

  assertEquals(
    [
      await change({ token_endpoint_auth_method: "private_key_jwt" }),
      await change({ ...KEYED, client_secret_hash: newHash() }),
      await change(KEYED),
    ],
    ["23514", "23514", undefined],
  );
});

Deno.test("a document's method is stored at its approval, and follows it", async () => {
  const tenant = await makeTenant(database);
  const p_client_id = "https://client.example.com/client.json";
  const approve = async (metadata: Row): Promise<unknown> => {
    const { redirect_uris = ["https://client.example.com/callback"] } = metadata;
    await call(service, "open_authorization_session", {
      p_slug: tenant.slug,
      p_client_id,
      p_metadata_document: { client_name: "Described", redirect_uris, ...metadata },
      p_form_hash: newHash(),
      p_state_hash: newHash(),
      p_browser_hash: newHash(),
      p_request_ciphertext: "sealed-request",
      p_redirect_uri: "https://client.example.com/callback",
      p_resource: `https://auth.example.com/mcp/${tenant.slug}`,
      p_scope: "openid",
      p_code_challenge: newHash(),
      p_nonce: null,
    });
    const [client] = await owner`
      select token_endpoint_auth_method as method from public.mcp_client_registrations
      where mcp_server_id = ${tenant.serverId} and client_id = ${p_client_id}`;
    return client?.method;
  };

  const methods = [
    await approve({ token_endpoint_auth_method: "none" }),
    await approve({
      token_endpoint_auth_method: "private_key_jwt",
      jwks_uri: "https://client.example.com/jwks",
    }),
    await approve({ token_endpoint_auth_method: "none" }),
  ];

  assertEquals(methods, ["none", "private_key_jwt", "none"]);
});
