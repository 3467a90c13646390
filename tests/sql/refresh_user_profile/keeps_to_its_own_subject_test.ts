import { assertEquals } from "@std/assert";
import { call, openDatabase } from "../../support/database/database.ts";
import { issueFamily, makeTenant, newName } from "../../support/database/rows.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

Deno.test("A41: a refresh that names another known subject of the same provider changes neither profile", async () => {
  const tenant = await makeTenant(database);
  const subjects = [newName("subject"), newName("subject")];
  const [ada, charles] = [
    await issueFamily(database, tenant, {
      completion: { p_upstream_sub: subjects[0], p_email: "ada@example.com" },
    }),
    await issueFamily(database, tenant, {
      completion: { p_upstream_sub: subjects[1], p_email: "charles@example.com" },
    }),
  ];
  const read = async (): Promise<unknown[]> => [
    ...await owner`
      select id, email, profile_data from public.mcp_server_user
      where id in (${ada.userId}, ${charles.userId}) order by id`,
  ];
  const before = await read();

  const outcome = await call(service, "refresh_user_profile", {
    p_upstream_token_id: ada.upstreamTokenId,
    p_upstream_issuer: null,
    p_upstream_sub: subjects[1],
    p_email: "taken@example.com",
    p_email_verified: true,
    p_profile: { name: "Taken" },
  });

  assertEquals(outcome, { outcome: "wrong_subject" });
  assertEquals(await read(), before);
});
