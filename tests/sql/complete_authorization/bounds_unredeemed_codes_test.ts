import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { issueCode, makeTenant, newHash } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner, service } = database;
Deno.test.afterAll(() => database.close());

/** As many as one user may leave unredeemed, here. */
const BOUND = 5;

async function readRows(organizationId: string): Promise<{ codes: number; entries: number }> {
  const [rows] = await owner`
    select
      (select count(*)::integer from public.mcp_authorization_codes where organization_id = ${organizationId}) as codes,
      (select count(*)::integer from public.upstream_oauth_tokens where organization_id = ${organizationId}) as entries`;
  return { codes: Number(rows?.["codes"]), entries: Number(rows?.["entries"]) };
}

Deno.test("codes that a user leaves unredeemed have a number; one more takes the oldest, with its tokens", async () => {
  await owner`update public.row_bounds set of_source = ${BOUND} where kind = 'unredeemed code of a user'`;
  const tenant = await makeTenant(database);
  const logIn = (p_upstream_sub: string) =>
    issueCode(service, tenant, { completion: { p_upstream_sub, p_refresh_token: null } });
  const [flooder, honest] = [newHash(), newHash()];
  const kept = await logIn(honest);

  for (let login = 0; login < 3 * BOUND; login++) {
    await logIn(flooder);
  }
  const last = await logIn(flooder);
  const rows = await readRows(tenant.organizationId);
  const redeemed = [
    (await call(service, "redeem_authorization_code", kept.redemption)).outcome,
    (await call(service, "redeem_authorization_code", last.redemption)).outcome,
  ];
  const [audit] = await owner`
    select event, reason, occurrences from public.mcp_audit_events
    where organization_id = ${tenant.organizationId} and reason = 'too_many_connections'`;

  // The honest user's, and the flooder's newest.
  assertEquals(rows, { codes: BOUND + 1, entries: BOUND + 1 });
  assertEquals(redeemed, ["redeemed", "redeemed"]);
  assertEquals({ ...audit }, {
    event: "tokens_revoked",
    reason: "too_many_connections",
    occurrences: 2 * BOUND + 1,
  });
});

Deno.test("a code that was redeemed stays, so that a replay is seen, and so do its tokens", async () => {
  await owner`update public.row_bounds set of_source = ${BOUND} where kind = 'unredeemed code of a user'`;
  const tenant = await makeTenant(database);
  const p_upstream_sub = newHash();
  const logIn = () => issueCode(service, tenant, { completion: { p_upstream_sub } });
  const spent = await logIn();
  await call(service, "redeem_authorization_code", spent.redemption);

  for (let login = 0; login < 2 * BOUND; login++) {
    await logIn();
  }

  const replay = await call(service, "redeem_authorization_code", spent.redemption);
  assertEquals(replay.outcome, "replayed");
});
