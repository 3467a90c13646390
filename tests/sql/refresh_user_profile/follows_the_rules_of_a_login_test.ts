import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { issueFamily, makeTenant, newName } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

async function givenLogin(): Promise<{ userId: string; upstreamTokenId: string; refresh: Row }> {
  const p_upstream_sub = newName("subject");
  const { userId, upstreamTokenId } = await issueFamily(database, await makeTenant(database), {
    completion: { p_upstream_sub, p_email: "ada@example.com", p_email_verified: true },
  });
  await owner`
    update public.mcp_server_user set profile_refreshed_at = now() - interval '2 days' where id = ${userId}`;
  return {
    userId,
    upstreamTokenId,
    refresh: {
      p_upstream_token_id: upstreamTokenId,
      p_upstream_issuer: null,
      p_upstream_sub,
      p_email: "countess@example.com",
      p_email_verified: null,
      p_profile: { name: "Countess" },
    },
  };
}

const refresh = (args: Row): Promise<Row> => call(service, "refresh_user_profile", args);

async function readUser(id: string): Promise<Row> {
  const [user] = await owner`
    select email, email_verified, profile_data, profile_refreshed_at > now() - interval '1 hour' as is_fresh
    from public.mcp_server_user where id = ${id}`;
  return { ...user };
}

Deno.test("refresh_user_profile stores what the provider says now", async () => {
  const given = await givenLogin();

  assertEquals(await refresh(given.refresh), { outcome: "refreshed" });

  assertEquals(await readUser(given.userId), {
    email: "countess@example.com",
    email_verified: false,
    profile_data: { name: "Countess" },
    is_fresh: true,
  });
});

Deno.test("an answer without an address leaves the stored one as it is", async () => {
  const given = await givenLogin();

  await refresh({ ...given.refresh, p_email: null });

  const user = await readUser(given.userId);
  assertEquals([user.email, user.email_verified], ["ada@example.com", true]);
});

Deno.test("another subject, a blocked user and an ended entry change nothing", async () => {
  const given = await givenLogin();
  const other = await givenLogin();
  const before = await readUser(given.userId);

  const wrong = await refresh({ ...given.refresh, p_upstream_sub: other.refresh.p_upstream_sub });
  const elsewhere = await refresh({ ...given.refresh, p_upstream_issuer: "https://another.example.com" });
  await owner`update public.mcp_server_user set blocked_at = now() where id = ${given.userId}`;
  const blocked = await refresh(given.refresh);
  await owner`update public.upstream_oauth_tokens set ended_at = now(), ended_reason = 'test'
    where id = ${given.upstreamTokenId}`;
  const ended = await refresh(given.refresh);

  assertEquals(
    [wrong.outcome, elsewhere.outcome, blocked.outcome, ended.outcome],
    ["wrong_subject", "wrong_subject", "user_blocked", "ended"],
  );
  assertEquals(await readUser(given.userId), before);
});

Deno.test("what no caller may send is raised", async () => {
  const given = await givenLogin();

  assertEquals(await findSqlState(() => refresh({ ...given.refresh, p_email: "e".repeat(321) })), "22023");
  assertEquals(await findSqlState(() => refresh({ ...given.refresh, p_profile: [] })), "22023");
});
