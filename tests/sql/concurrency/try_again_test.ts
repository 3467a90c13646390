/**
 * A failure of the moment is raised with the SQLSTATE that says so, and changes
 * nothing: the functions turn it into 503, never into a refusal.
 */

import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase } from "../../support/database/database.ts";
import { readBackend, untilBlocked } from "../../support/database/parallel.ts";
import { buildLogin, issueFamily, makeTenant, newHash } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
const other = database.openService(1);
const otherBackend = await readBackend(other);
Deno.test.afterAll(() => database.close());

for (const [setting, state] of [["lock_timeout", "55P03"], ["statement_timeout", "57014"]] as const) {
  Deno.test(`a refresh that meets ${setting} is raised as ${state}, and good a moment later`, async () => {
    const { familyId, rotation } = await issueFamily(database, await makeTenant(database));

    const raised = await owner.begin(async (holder) => {
      await holder`select from public.mcp_proxy_tokens where id = ${familyId} for update`;
      await other.unsafe(`set ${setting} = '50ms'`);
      return await findSqlState(() => call(other, "rotate_refresh_token", rotation));
    });
    await other.unsafe(`reset ${setting}`);
    const later = await call(other, "rotate_refresh_token", rotation);

    assertEquals([raised, later.outcome], [state, "rotated"]);
  });
}

Deno.test("a login that meets a serialization failure is raised as 40001, and good a moment later", async () => {
  const login = buildLogin(await makeTenant(database));
  await call(service, "provision_mcp_server_user", login);

  const raised = await findSqlState(() =>
    other.begin("isolation level repeatable read", async (transaction) => {
      await transaction`select 1 from public.find_mcp_server('any')`;
      await call(service, "provision_mcp_server_user", login);
      await transaction`
        select * from public.provision_mcp_server_user(
          ${String(login.p_oauth_config_id)}, null, ${
        String(login.p_upstream_sub)
      }, null, null, null, null, null, null,
          null, null)`;
    })
  );
  const later = await call(other, "provision_mcp_server_user", login);

  assertEquals([raised, later.outcome], ["40001", "matched"]);
});

Deno.test("a deadlock is raised as 40P01 to one of the two, and the other goes on", async () => {
  const tenant = await makeTenant(database);
  const families = [await issueFamily(database, tenant), await issueFamily(database, tenant)];
  const [one, two] = families.map(({ rotation }) => rotation);
  const lock = (family: number): string =>
    `select from public.mcp_proxy_tokens where id = '${families[family]?.familyId}' for update`;

  const rotateBoth = async (): Promise<void> => {
    await other.begin(async (transaction) => {
      for (const rotation of [two, one]) {
        await transaction`
          select * from public.rotate_refresh_token(
            ${String(rotation?.p_slug)}, ${String(rotation?.p_client_id)}, null, ${
          String(rotation?.p_handle_hash)
        },
            ${String(rotation?.p_refresh_hash)}, ${newHash()}, 'sealed', null)`;
      }
    });
  };
  let rotating: Promise<string | undefined> = Promise.resolve(undefined);
  const locking = await findSqlState(() =>
    owner.begin(async (transaction) => {
      await transaction.unsafe(lock(0));
      rotating = findSqlState(rotateBoth);
      await untilBlocked(service, otherBackend);
      await transaction.unsafe(lock(1));
    })
  );

  const states = [locking, await rotating];
  assertEquals(states.map((state) => state ?? "went on").sort(), ["40P01", "went on"]);
});
