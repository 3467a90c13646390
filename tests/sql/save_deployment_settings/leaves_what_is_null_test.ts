import { assertEquals } from "@std/assert";
import { call, findSqlState, openDatabase, type Row } from "../../support/database/database.ts";
import { makeOrganization } from "../../support/database/rows.ts";
import { makePlatformUser } from "../../support/database/platform.ts";

const database = await openDatabase();
const { owner, service } = database;
Deno.test.afterAll(() => database.close());

const save = (changes: Row): Promise<Row> => call(service, "save_deployment_settings", changes);

async function readSettings(): Promise<Row> {
  const [row] = await owner`
    select organization_founding, members_per_organization, public_url from public.gatepost_settings`;
  return { ...row };
}

Deno.test("each setting is changed alone, and an empty text clears the public URL", async () => {
  await save({ p_organization_founding: "open", p_public_url: "https://auth.example.com" });
  await save({ p_members_per_organization: 7 });

  assertEquals(await readSettings(), {
    organization_founding: "open",
    members_per_organization: 7,
    public_url: "https://auth.example.com",
  });
  await save({ p_public_url: "" });
  assertEquals((await readSettings())["public_url"], null);
});

Deno.test("a setting that breaks its rule is raised, and nothing is changed", async () => {
  const before = await readSettings();

  const states = [];
  for (
    const changes of [
      { p_organization_founding: "sometimes" },
      { p_servers_per_organization: -1 },
      { p_public_url: "https://auth.example.com/" },
      { p_public_url: "javascript:alert(1)" },
    ]
  ) {
    states.push(await findSqlState(() => save(changes)));
  }

  assertEquals(states, ["23514", "23514", "23514", "23514"]);
  assertEquals(await readSettings(), before);
});

Deno.test("an owner of an organization does not decide for the deployment", async () => {
  const { sql } = await makePlatformUser(database, await makeOrganization(owner), "owner");

  assertEquals(await findSqlState(() => call(sql, "save_deployment_settings", {})), "42501");
});
