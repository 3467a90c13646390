/**
 * What a function that is called over the local REST layer reads of its caller and its request, as under PostgREST.
 */

import { assertEquals } from "@std/assert";
import { openDatabase } from "../../support/database/database.ts";
import { openRest } from "../../support/database/rest.ts";

const USER = "7f1f6a3e-5d0c-4b55-9a86-6c1c5bb0c001";
const CALLER = {
  role: "current_user",
  sub: "current_setting('request.jwt.claims', true)::jsonb ->> 'sub'",
  claimed_role: "current_setting('request.jwt.claims', true)::jsonb ->> 'role'",
  method: "current_setting('request.method', true)",
  path: "current_setting('request.path', true)",
  request_id: "current_setting('request.headers', true)::jsonb ->> 'x-request-id'",
};
const database = await openDatabase();
await database.owner.unsafe(`
  create function public.read_call() returns jsonb language sql volatile as $$
    select jsonb_build_object(${Object.entries(CALLER).map(([name, value]) => `'${name}', ${value}`)})
  $$;
  create function public.read_prepared(p_any text) returns bigint language sql volatile security definer as $$
    select count(*) from pg_prepared_statements where statement like '%set_config%' or statement like '%read_prepared%'
  $$;
  grant execute on function public.read_call(), public.read_prepared(text) to authenticated, service_role;
`);
const rest = await openRest(database);
Deno.test.afterAll(async () => {
  await rest.close();
  await database.close();
});

const callers: [who: string, key: () => Promise<string>, expected: Record<string, unknown>][] = [
  ["service_role", () => Promise.resolve(rest.secretKey), {
    role: "service_role",
    sub: null,
    claimed_role: "service_role",
  }],
  ["a platform user", () => rest.issueUserToken(USER), {
    role: "authenticated",
    sub: USER,
    claimed_role: "authenticated",
  }],
];

for (const [who, key, expected] of callers) {
  Deno.test(`a function reads its request and that ${who} calls`, async () => {
    const answer = await call("read_call", {}, await key(), "4711");

    assertEquals(answer, { ...expected, method: "POST", path: "/rpc/read_call", request_id: "4711" });
  });
}

Deno.test("nothing of one request is left for the next", async () => {
  await call("read_call", {}, await rest.issueUserToken(USER), "4711");

  const answer = await call("read_call", {}, rest.secretKey);

  assertEquals(answer, {
    role: "service_role",
    sub: null,
    claimed_role: "service_role",
    method: "POST",
    path: "/rpc/read_call",
    request_id: null,
  });
});

Deno.test("a connection prepares the settings in two statements, and the call in one", async () => {
  for (let count = 0; count < 3; count++) {
    assertEquals(await call("read_prepared", { p_any: `${count}` }, rest.secretKey), 3);
  }
});

async function call(name: string, body: unknown, key: string, requestId?: string): Promise<unknown> {
  const response = await fetch(`${rest.url}/rest/v1/rpc/${name}`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      apikey: key.startsWith("sb_") ? key : rest.publishableKey,
      Authorization: `Bearer ${key}`,
      ...(requestId === undefined ? {} : { "X-Request-Id": requestId }),
    },
    body: JSON.stringify(body),
  });
  return await response.json();
}
