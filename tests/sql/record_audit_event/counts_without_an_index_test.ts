import { assertEquals } from "@std/assert";
import { openDatabase } from "../../support/database/database.ts";
import { makeTenant } from "../../support/database/rows.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

for (const event of ["login_failed", "code_refused"]) {
  Deno.test(`${event} again and again is counted in its row, and from the third time on no index is touched`, async () => {
    const { organizationId } = await makeTenant(database);
    await owner`select pg_stat_force_next_flush()`;

    const writes = await owner.begin(async (transaction) => {
      for (let time = 0; time < 5; time++) {
        await transaction`
          select public.record_audit_event(
            p_organization_id => ${organizationId}, p_event => ${event}, p_reason => 'upstream_refused')`;
      }
      return await transaction`
        select n_tup_ins::integer as inserted, n_tup_upd::integer as updated, n_tup_hot_upd::integer as hot
        from pg_catalog.pg_stat_xact_user_tables where relname = 'mcp_audit_events'`;
    });

    const [row] = await owner`
      select occurrences, is_repeated from public.mcp_audit_events
      where organization_id = ${organizationId} and event = ${event}`;
    assertEquals({ ...row }, { occurrences: 5, is_repeated: true });
    assertEquals(writes.map((write) => ({ ...write })), [{ inserted: 1, updated: 4, hot: 3 }]);
  });
}
