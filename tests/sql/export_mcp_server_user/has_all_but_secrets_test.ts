import { assertEquals } from "@std/assert";
import { buildCall, record } from "../../support/database/calls.ts";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";
import { issueFamily, makeTenant, newHash } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("the export has what is kept of one person, and neither a secret nor anybody else", async () => {
  const tenant = await makeTenant(database, { server: { record_payloads: "all" } });
  const { sql } = await makePlatformUser(database, tenant.organizationId, "admin");
  const completion = { p_upstream_sub: "ada", p_email: "ada@example.com", p_profile: { name: "Ada" } };
  const { userId, familyId } = await issueFamily(database, tenant, { completion });
  const session_hash = newHash();
  await call(service, "open_mcp_call", {
    p_slug: tenant.slug,
    p_family_id: familyId,
    p_session_hash: session_hash,
  });
  const bob = await issueFamily(database, tenant, {
    completion: { p_upstream_sub: "bob", p_email: "bob@example.com" },
  });
  await record(service, [
    buildCall(tenant, { mcp_server_user_id: userId, session_hash, arguments: { a: 1 }, result: { sum: 3 } }),
    buildCall(tenant, { mcp_server_user_id: userId, name: "whoami", outcome: "tool_error" }),
    buildCall(tenant, { mcp_server_user_id: bob.userId, arguments: { who: "bob" } }),
  ]);

  const { outcome, export: document } = await call(sql, "export_mcp_server_user", {
    p_mcp_server_user_id: userId,
  });

  const { person, calls_left_out, ...lists } = document as Record<string, Row[]> & {
    person: Row;
    calls_left_out: unknown;
  };
  assertEquals([outcome, person.email, person.profile], ["exported", "ada@example.com", { name: "Ada" }]);
  assertEquals(
    Object.entries(lists).filter(([, list]) => Array.isArray(list)).map(([name, list]) => [name, list.length])
      .sort(),
    [
      ["audit", 3],
      ["calls", 2],
      ["days_of_calls", 2],
      ["identities", 1],
      ["logins", 1],
      ["sessions", 1],
      ["upstream_tokens", 1],
    ],
  );
  const [added] = lists.calls!;
  assertEquals(
    [
      added!.name,
      added!.server,
      added!.mcp_session_id,
      added!.arguments,
      added!.result,
      calls_left_out,
    ],
    ["add", tenant.slug, lists.sessions![0]!.mcp_session_id, { a: 1 }, { sum: 3 }, 0],
  );
  assertEquals(lists.days_of_calls!.map(({ name, outcome, calls }) => [name, outcome, calls]), [
    ["add", "ok", 1],
    ["whoami", "tool_error", 1],
  ]);
  const text = JSON.stringify(document);
  assertEquals(text.includes("bob"), false);
  const [secrets] = await owner`
    select access_token_ciphertext, refresh_token_ciphertext, handle_hash, refresh_hash, session_hash
    from public.upstream_oauth_tokens as upstream
    join public.mcp_proxy_tokens as family on family.upstream_token_id = upstream.id
    join public.mcp_server_session as history on history.mcp_server_user_id = family.mcp_server_user_id
    where family.id = ${familyId}`;
  const found = Object.entries(secrets!).filter(([, secret]) => text.includes(String(secret)));
  assertEquals([Object.keys(secrets!).length, found], [5, []]);
});

Deno.test("an export has the newest calls that fit, and says how many do not", async () => {
  const tenant = await makeTenant(database, { server: { record_payloads: "all" } });
  const { sql } = await makePlatformUser(database, tenant.organizationId, "admin");
  const { userId } = await issueFamily(database, tenant);
  // 700 calls of 33 kB would be 23 MB.
  await owner`
    insert into public.mcp_calls
      (organization_id, mcp_server_id, mcp_server_user_id, method, name, started_at, milliseconds, outcome, bytes_in,
       bytes_out, arguments, result, keep_until)
    select ${tenant.organizationId}, ${tenant.serverId}, ${userId}, 'tools/call', 'number ' || n,
      now() - make_interval(secs => n), 1, 'ok', 1, 1, to_jsonb(repeat('a', 16000)), to_jsonb(repeat('b', 16000)),
      current_date + 30
    from generate_series(1, 700) as n`;

  const [row] = await sql`
    select jsonb_array_length(export -> 'calls') as calls, (export -> 'calls_left_out')::integer as left_out,
      export -> 'calls' -> -1 ->> 'name' as newest
    from public.export_mcp_server_user(${userId})`;

  assertEquals([Number(row?.calls) + Number(row?.left_out), row?.newest], [700, "number 1"]);
  assertEquals([Number(row?.calls) > 500, Number(row?.left_out) > 0], [true, true]);
});
