/**
 * A member who leaves an argument out reads which one: in the message of the error that supabase-js answers.
 */

import { assertEquals } from "@std/assert";
import { openDatabase } from "../../support/database/database.ts";
import { makePlatformUser } from "../../support/database/platform.ts";

const database = await openDatabase();
Deno.test.afterAll(() => database.close());

Deno.test("every RPC of members names the argument that must not be null", async () => {
  const { sql } = await makePlatformUser(database);
  const rpcs = await database.owner<{ name: string; names: string[]; types: string[]; defaults: number }[]>`
    select proname::text as name, proargnames as names, pronargdefaults::integer as defaults,
      array(select type::regtype::text from unnest(proargtypes::oid[]) as type) as types
    from pg_catalog.pg_proc
    where pronamespace = 'public'::regnamespace and has_function_privilege('authenticated', oid, 'execute')
      and pronargs > 0 and proname <> 'organizations_of_platform_user'`;

  const unnamed: string[] = [];
  for (const { name, names, types, defaults } of rpcs) {
    const required = defaults === types.length
      ? ["p_organization_id"]
      : names.slice(0, types.length - defaults);
    for (const missing of required) {
      const args = names.slice(0, types.length - defaults || types.length)
        .map((argument, index) => `${argument} => null::${types[index]}`);
      const message = await sql.unsafe(`select public.${name}(${args.join(", ")})`)
        .then(() => "", (error: Error) => error.message);
      if (!message.includes(missing)) {
        unnamed.push(`${name}: ${missing}: ${message}`);
      }
    }
  }

  assertEquals([rpcs.length > 25, unnamed], [true, []]);
});
