import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { insertRow, issueFamily, makeTenant, newHash, newName } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

/** Within a minute; the last of them leaves a token that rests. */
const MOST_ROTATIONS = 20;

const rotate = (args: Row): Promise<Row> => call(service, "rotate_refresh_token", args);

async function readFamily(familyId: string): Promise<Row> {
  const [family] = await owner`
    select refresh_hash, previous_refresh_hash, successor_ciphertext, cardinality(earlier_rotations) as earlier,
      revoked_reason
    from public.mcp_proxy_tokens where id = ${familyId}`;
  return { ...family };
}

/** Rotates a family some times, each successor by the next call; the arguments of every call, in order. */
async function rotateInTurn(first: Row, times: number): Promise<Row[]> {
  const calls: Row[] = [];
  let args = first;
  for (let count = 0; count < times; count++) {
    assertEquals((await rotate(args)).outcome, "rotated");
    calls.push(args);
    args = {
      ...args,
      p_refresh_hash: args.p_next_refresh_hash,
      p_next_refresh_hash: newHash(),
      p_successor_ciphertext: newName("sealed-successor"),
    };
  }
  return calls;
}

/** The call that presents a token once more, with a successor that it does not need. */
function again(args: Row | undefined): Row {
  return { ...args, p_next_refresh_hash: newHash(), p_successor_ciphertext: "not needed" };
}

async function letPass(familyId: string, seconds: number): Promise<void> {
  await owner`
    update public.mcp_proxy_tokens set rotated_at = rotated_at - make_interval(secs => ${seconds})
    where id = ${familyId}`;
}

Deno.test("the present token is rotated, and lives on by its server's lifetime", async () => {
  const tenant = await makeTenant(database, {
    server: { refresh_token_seconds: 600, access_token_seconds: 300 },
  });
  const { familyId, userId, rotation } = await issueFamily(database, tenant);
  await owner`update public.mcp_proxy_tokens set expires_at = now() + interval '1 second' where id = ${familyId}`;

  const rotated = await rotate(rotation);

  assertEquals(rotated, {
    outcome: "rotated",
    family_id: familyId,
    organization_id: tenant.organizationId,
    mcp_server_user_id: userId,
    client_id: tenant.clientId,
    resource: `https://auth.example.com/mcp/${tenant.slug}`,
    scope: "openid email offline_access",
    nonce: null,
    auth_time: new Date("2026-11-01T12:00:00Z"),
    access_token_seconds: 300,
    email: null,
    email_verified: false,
    profile: { name: "Test person" },
    successor_ciphertexts: null,
  });
  assertEquals(await readFamily(familyId), {
    refresh_hash: rotation.p_next_refresh_hash,
    previous_refresh_hash: rotation.p_refresh_hash,
    successor_ciphertext: rotation.p_successor_ciphertext,
    earlier: null,
    revoked_reason: null,
  });
  const [family] = await owner`
    select expires_at > now() + interval '590 seconds' as prolonged from public.mcp_proxy_tokens where id = ${familyId}`;
  assertEquals(family?.prolonged, true);
});

Deno.test("the same token again within a minute converges on the successor it already has", async () => {
  const { familyId, rotation } = await issueFamily(database, await makeTenant(database));
  await rotate(rotation);
  await letPass(familyId, 59);

  const repeated = await rotate(again(rotation));

  assertEquals([repeated.outcome, repeated.successor_ciphertexts], ["converged", [
    rotation.p_successor_ciphertext,
  ]]);
  assertEquals((await readFamily(familyId)).refresh_hash, rotation.p_next_refresh_hash);
});

Deno.test("a token of any generation within its minute is led to the present one, successor by successor", async () => {
  const { familyId, rotation } = await issueFamily(database, await makeTenant(database));
  const calls = await rotateInTurn(rotation, 4);
  const sealed = calls.map((args) => args.p_successor_ciphertext);

  const answers = [];
  for (const args of calls) {
    answers.push(await rotate(again(args)));
  }

  assertEquals(
    answers.map(({ outcome, successor_ciphertexts }) => [outcome, successor_ciphertexts]),
    calls.map((_, generation) => ["converged", sealed.slice(generation)]),
  );
  const { refresh_hash, revoked_reason } = await readFamily(familyId);
  assertEquals([refresh_hash, revoked_reason], [calls.at(-1)?.p_next_refresh_hash, null]);
});

Deno.test("convergence does not move the minute, which runs from the first use", async () => {
  const { familyId, rotation } = await issueFamily(database, await makeTenant(database));
  await rotate(rotation);
  await letPass(familyId, 59);
  await rotate(rotation);
  await letPass(familyId, 2);

  const late = await rotate(rotation);

  assertEquals([late.outcome, (await readFamily(familyId)).revoked_reason], [
    "reused",
    "refresh_token_reused",
  ]);
});

Deno.test("each token has a minute of its own, and no rotation after it prolongs that", async () => {
  const { familyId, rotation } = await issueFamily(database, await makeTenant(database));
  const [first] = await rotateInTurn(rotation, 1);
  await letPass(familyId, 40);
  const [second] = await rotateInTurn({ ...again(first), p_refresh_hash: first?.p_next_refresh_hash }, 1);
  await letPass(familyId, 21);

  const outcomes = [];
  for (const args of [second, first]) {
    outcomes.push((await rotate(again(args))).outcome);
  }

  assertEquals(outcomes, ["converged", "reused"]);
});

Deno.test("a token two generations old revokes the family after its minute, and the audit says why", async () => {
  const tenant = await makeTenant(database);
  const { familyId, rotation } = await issueFamily(database, tenant);
  const [, second] = await rotateInTurn(rotation, 2);
  await letPass(familyId, 61);

  const old = await rotate(again(rotation));
  const living = await rotate({ ...again(second), p_refresh_hash: second?.p_next_refresh_hash });

  assertEquals([old.outcome, living.outcome], ["reused", "revoked"]);
  const [family] = await owner`
    select expires_at <= now() as has_expired from public.mcp_proxy_tokens where id = ${familyId}`;
  assertEquals(family?.has_expired, true);
  const events = await owner`
    select event, reason from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and event = 'tokens_revoked'`;
  assertEquals(events.map((event) => ({ ...event })), [{
    event: "tokens_revoked",
    reason: "refresh_token_reused",
  }]);
});

Deno.test("a secret that nobody was given revokes the family at once", async () => {
  const { familyId, rotation } = await issueFamily(database, await makeTenant(database));
  await rotateInTurn(rotation, 2);

  const forged = await rotate({ ...again(rotation), p_refresh_hash: newHash() });

  assertEquals([forged.outcome, (await readFamily(familyId)).revoked_reason], [
    "reused",
    "refresh_token_reused",
  ]);
});

Deno.test("a rotation forgets the tokens whose minute is over", async () => {
  const { familyId, rotation } = await issueFamily(database, await makeTenant(database));

  const kept = [];
  let next = rotation;
  for (const seconds of [0, 20, 20, 21, 61]) {
    await letPass(familyId, seconds);
    const [args] = await rotateInTurn(next, 1);
    next = { ...again(args), p_refresh_hash: args?.p_next_refresh_hash };
    kept.push((await readFamily(familyId)).earlier);
  }

  assertEquals(kept, [null, 1, 2, 2, null]);
});

Deno.test("a token that follows nineteen others within a minute rests: it is given again, and its minute goes by", async () => {
  const { familyId, rotation } = await issueFamily(database, await makeTenant(database));
  const calls = await rotateInTurn(rotation, MOST_ROTATIONS);
  const present = { ...again(calls.at(-1)), p_refresh_hash: calls.at(-1)?.p_next_refresh_hash };

  const resting = await rotate(present);
  const oldest = await rotate(again(calls[0]));

  assertEquals([resting.outcome, resting.successor_ciphertexts], ["converged", []]);
  assertEquals([oldest.outcome, (oldest.successor_ciphertexts as string[]).length], [
    "converged",
    MOST_ROTATIONS,
  ]);
  const { refresh_hash, earlier } = await readFamily(familyId);
  assertEquals([refresh_hash, earlier], [present.p_refresh_hash, MOST_ROTATIONS - 1]);
  await letPass(familyId, 61);
  assertEquals((await rotate(present)).outcome, "rotated");
  assertEquals((await rotate(again(present))).outcome, "converged");
  assertEquals((await rotate(again(calls.at(-1)))).outcome, "reused");
});

Deno.test("refusals change nothing", async () => {
  const tenant = await makeTenant(database);
  const other = await makeTenant(database);
  const otherClientId = newName("client");
  await insertRow(owner, "mcp_client_registrations", {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    client_id: otherClientId,
    kind: "dynamic",
    token_endpoint_auth_method: "client_secret_post",
    client_secret_hash: newHash(),
    redirect_uris: ["https://other.example.com/callback"],
    grant_types: ["authorization_code"],
  });
  const { familyId, userId, rotation } = await issueFamily(database, tenant);
  const before = await readFamily(familyId);

  const outcomes = [];
  for (
    const changes of [
      { p_handle_hash: newHash() },
      { p_slug: other.slug, p_client_id: other.clientId },
      { p_resource: "https://auth.example.com/mcp/another" },
      { p_slug: "nobody-has-this" },
      { p_client_id: "nobody" },
      { p_client_id: otherClientId },
    ]
  ) {
    outcomes.push((await rotate({ ...rotation, ...changes })).outcome);
  }
  await owner`update public.mcp_server_user set blocked_at = now() where id = ${userId}`;
  outcomes.push((await rotate(rotation)).outcome);
  await owner`update public.mcp_server_user set blocked_at = null where id = ${userId}`;

  assertEquals(outcomes, [
    "unknown",
    "unknown",
    "wrong_resource",
    "unknown_server",
    "unknown_client",
    "wrong_secret",
    "user_blocked",
  ]);
  assertEquals(await readFamily(familyId), before);
  assertEquals((await rotate(rotation)).outcome, "rotated");
});

Deno.test("another client of the same server is answered wrong_client", async () => {
  const tenant = await makeTenant(database);
  const otherClientId = newName("client");
  await insertRow(owner, "mcp_client_registrations", {
    organization_id: tenant.organizationId,
    mcp_server_id: tenant.serverId,
    client_id: otherClientId,
    kind: "dynamic",
    token_endpoint_auth_method: "none",
    redirect_uris: ["https://other.example.com/callback"],
    grant_types: ["authorization_code"],
  });
  const { rotation } = await issueFamily(database, tenant);

  assertEquals((await rotate({ ...rotation, p_client_id: otherClientId })).outcome, "wrong_client");
});

Deno.test("an expired family is answered expired", async () => {
  const { familyId, rotation } = await issueFamily(database, await makeTenant(database));
  await owner`update public.mcp_proxy_tokens set expires_at = now() where id = ${familyId}`;

  assertEquals((await rotate(rotation)).outcome, "expired");
});

Deno.test("a client with a secret rotates with that secret, and with no other and none", async () => {
  const secret = newHash();
  const tenant = await makeTenant(database, {
    client: { token_endpoint_auth_method: "client_secret_post", client_secret_hash: secret },
  });
  const { rotation } = await issueFamily(database, tenant, { redemption: { p_client_secret_hash: secret } });

  const outcomes = [];
  for (const p_client_secret_hash of [newHash(), null, secret]) {
    outcomes.push((await rotate({ ...rotation, p_client_secret_hash })).outcome);
  }

  assertEquals(outcomes, ["wrong_secret", "wrong_secret", "rotated"]);
});

Deno.test("the present token of a disabled server is answered unknown_server", async () => {
  const tenant = await makeTenant(database);
  const { rotation } = await issueFamily(database, tenant);
  await owner`update public.mcp_servers set disabled_at = now() where id = ${tenant.serverId}`;

  assertEquals((await rotate(rotation)).outcome, "unknown_server");
});
