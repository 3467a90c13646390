import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { issueFamily, makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("reseal_upstream_token replaces the ciphertext that was opened, and no other", async () => {
  const { upstreamTokenId } = await issueFamily(database, await makeTenant(database), {
    completion: { p_access_token: "old-access", p_refresh_token: "old-refresh" },
  });
  const reseal = (p_known_ciphertext: string, p_new_ciphertext: string): Promise<Row> =>
    call(service, "reseal_upstream_token", {
      p_upstream_token_id: upstreamTokenId,
      p_known_ciphertext,
      p_new_ciphertext,
    });

  const access = await reseal("old-access", "new-access");
  const refresh = await reseal("old-refresh", "new-refresh");
  const late = await reseal("old-access", "never");

  assertEquals([access.outcome, refresh.outcome, late.outcome], ["resealed", "resealed", "changed"]);
  const [entry] = await owner`
    select access_token_ciphertext, refresh_token_ciphertext, refreshed_at from public.upstream_oauth_tokens
    where id = ${upstreamTokenId}`;
  assertEquals(
    { ...entry },
    { access_token_ciphertext: "new-access", refresh_token_ciphertext: "new-refresh", refreshed_at: null },
  );
});
