import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { issueFamily, makeTenant, newName } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("a provider that names its claims anew each time makes no profile grow", async () => {
  const p_upstream_sub = newName("subject");
  const { userId, upstreamTokenId } = await issueFamily(database, await makeTenant(database), {
    completion: { p_upstream_sub },
  });

  const outcomes = [];
  for (let turn = 1; turn <= 6; turn++) {
    outcomes.push(
      (await call(service, "refresh_user_profile", {
        p_upstream_token_id: upstreamTokenId,
        p_upstream_issuer: null,
        p_upstream_sub,
        p_email: null,
        p_email_verified: null,
        p_profile: { [`claim_${turn}`]: "x".repeat(30_000), turn },
      })).outcome,
    );
  }

  const [user] = await owner`
    select char_length(profile_data::text) <= 65536 as is_small, profile_data ->> 'turn' as turn
    from public.mcp_server_user where id = ${userId}`;
  assertEquals(outcomes, Array(6).fill("refreshed"));
  assertEquals({ ...user }, { is_small: true, turn: "6" });
});
