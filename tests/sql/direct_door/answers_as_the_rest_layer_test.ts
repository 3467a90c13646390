/**
 * The way to PostgreSQL without the REST layer: what goes there, what comes back, and what becomes of trouble.
 */

import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { FunctionName } from "../../../functions/_shared/database/database.ts";
import {
  connectDirectly,
  type DirectDatabase,
  toQuery,
} from "../../../functions/_shared/database/direct_database.ts";
import { toOAuthError } from "../../../functions/_shared/errors.ts";
import { runForRequest } from "../../../functions/_shared/http/request_id.ts";
import { writeLog } from "../../../functions/_shared/log.ts";
import { openDatabase } from "../../support/database/database.ts";
import { toDirectAccess } from "../../support/stack/door.ts";

const database = await openDatabase();
const { owner } = database;
/** Roles belong to the server, and other files may try at the same time: all set the same password. */
const password = "functions-login";
await owner.unsafe(`alter role gatepost_functions login password '${password}'`);
const url = Object.assign(new URL(database.adminUrl), { username: "gatepost_functions", password }).href;
await owner.unsafe(`
  create function public.probe_answer(
    p_kind text, p_list text[] default '{}', p_object jsonb default '{}', p_count integer default null
  ) returns jsonb language sql as $$
    select case p_kind
      when 'request' then jsonb_build_object(
        'id', public.current_request_id(), 'list', p_list, 'object', p_object, 'count', p_count)
      when 'nothing' then null
    end
  $$;
  create function public.probe_row() returns public.own_invitation language sql as $$
    select 'inv_1', 'Organization', 'admin', timestamptz '2026-01-02 03:04:05.678+02'
  $$;
  create function public.probe_failure(p_state text) returns text language plpgsql as $$
  begin
    if p_state = 'sleep' then
      perform pg_sleep(20);
    end if;
    raise exception using errcode = p_state, message = 'person@example.com';
  end
  $$;
  create function public.probe_backend() returns integer language sql as 'select pg_backend_pid()';
  grant execute on function public.current_request_id to gatepost_functions;
`);

const door = connectDirectly(toDirectAccess(url, { GATEPOST_DATABASE_POOL_SIZE: "1" }));
const prepared = connectDirectly(toDirectAccess(url, { GATEPOST_DATABASE_PREPARE: "true" }));
Deno.test.afterAll(async () => {
  await Promise.all([door.close(), prepared.close()]);
  await database.close();
});

/** Calls a function that the tests have made. */
function call(
  name: string,
  args: Record<string, unknown> = {},
  through: DirectDatabase = door,
): Promise<unknown> {
  return through.call(name as FunctionName, args);
}

// The pool connects outside of the tests, which may leave nothing open.
await Promise.all([
  call("find_mcp_server", { p_slug: "x" }),
  call("find_mcp_server", { p_slug: "x" }, prepared),
]);

for (
  const [how, through] of [["a pooler may stand between", door], [
    "statements are prepared",
    prepared,
  ]] as const
) {
  Deno.test(`where ${how}, arguments of every kind arrive, and so does the request's id`, async () => {
    const id = crypto.randomUUID();
    const p_list = ['a"b', "c,d", "", "NULL", "\\", "'; drop table x"];
    const p_object = { text: "it's", list: [1, { deep: null }], "κ": true };

    const answer = await runForRequest(
      id,
      () => call("probe_answer", { p_kind: "request", p_list, p_object, p_count: 7 }, through),
    );
    const next = await call("probe_answer", { p_kind: "request", p_list: undefined }, through);

    assertEquals(answer, { id, list: p_list, object: p_object, count: 7 });
    assertEquals(next, { id: null, list: [], object: {}, count: null });
  });
}

Deno.test("a row comes back as the REST layer writes it, and nothing as null", async () => {
  assertEquals(await call("probe_row"), {
    id: "inv_1",
    organization_name: "Organization",
    role: "admin",
    expires_at: "2026-01-02T01:04:05.678+00:00",
  });
  assertEquals(await call("probe_answer", { p_kind: "nothing" }), null);
});

Deno.test("no argument is part of a statement's text", () => {
  const { text, values } = toQuery("find_mcp_server", { p_slug: "secret" }, "id");

  assertEquals([text.includes("secret"), values], [false, ['{"x-request-id":"id"}', "secret"]]);
});

Deno.test("nothing of a request stays on a connection that a pooler hands to the next", async () => {
  const { text, values } = toQuery("find_mcp_server", { p_slug: "nobody" }, crypto.randomUUID());

  await owner.unsafe(text, values as string[]);
  const [after] = await owner`select current_setting('request.headers', true) as headers`;

  assertEquals(after?.["headers"] || null, null);
});

const FAILURES: [state: string, code: string, reason: string][] = [
  ["22004", "server_error", "server_error"],
  ["22023", "server_error", "server_error"],
  ["23505", "server_error", "server_error"],
  ["P0001", "server_error", "server_error"],
  ["40001", "temporarily_unavailable", "database_unavailable"],
  ["40P01", "temporarily_unavailable", "database_unavailable"],
  ["55P03", "temporarily_unavailable", "database_unavailable"],
  ["57014", "temporarily_unavailable", "database_unavailable"],
  ["53300", "temporarily_unavailable", "database_unavailable"],
  ["25006", "temporarily_unavailable", "database_unavailable"],
];
for (const [state, code, reason] of FAILURES) {
  Deno.test(`SQLSTATE ${state} becomes ${code}, as over the REST layer, and its text stays inside`, async () => {
    const thrown = await assertRejects(() => call("probe_failure", { p_state: state }));

    const error = toOAuthError(thrown);
    assertEquals([error.code, error.reason, error.message.includes("@")], [code, reason, false]);
  });
}

Deno.test("what the login may not call is a bug", async () => {
  await assertRejects(
    () => call("create_organization", { p_name: "New" }),
    Error,
    "The database refused a call",
  );
});

Deno.test("a statement ends at the login's time limit, and the connection serves on", async () => {
  const pid = await call("probe_backend");

  const started = performance.now();
  const error = toOAuthError(await assertRejects(() => call("probe_failure", { p_state: "sleep" })));

  assertEquals([error.code, error.reason], ["temporarily_unavailable", "database_unavailable"]);
  assert(performance.now() - started < 10_000);
  assertEquals(await call("probe_backend"), pid);
});

Deno.test("a connection that the server ends is trouble of the moment, and the next call has a new one", async () => {
  const pid = await call("probe_backend");
  const broken = assertRejects(() => call("probe_failure", { p_state: "sleep" }));
  await untilWaiting(Number(pid));
  await owner`select pg_terminate_backend(${Number(pid)})`;

  const error = toOAuthError(await broken);

  assertEquals([error.code, error.reason], ["temporarily_unavailable", "database_unavailable"]);
  assertEquals(typeof await call("probe_backend"), "number");
});

Deno.test("a statement that is not answered in time gives way, and so does its connection", async () => {
  const hasty = connectDirectly(toDirectAccess(url, { GATEPOST_DATABASE_POOL_SIZE: "1" }), 500);
  const pid = await call("probe_backend", {}, hasty);

  const error = toOAuthError(await assertRejects(() => call("probe_failure", { p_state: "sleep" }, hasty)));
  const next = await call("probe_backend", {}, hasty);
  await hasty.close();

  assertEquals([error.code, error.reason], ["temporarily_unavailable", "database_unavailable"]);
  assertNotEquals(next, pid);
});

Deno.test("a call that waits too long for a connection gives way", async () => {
  const narrow = connectDirectly(toDirectAccess(url, { GATEPOST_DATABASE_POOL_SIZE: "1" }), 1000);
  const long = assertRejects(() => call("probe_failure", { p_state: "sleep" }, narrow));

  const error = toOAuthError(await assertRejects(() => call("probe_backend", {}, narrow)));
  await long;
  await narrow.close();

  assertEquals([error.code, error.reason], ["temporarily_unavailable", "database_unavailable"]);
});

Deno.test("a server that accepts and says nothing is trouble of the moment", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  const mute = Object.assign(new URL(url), { port: String(listener.addr.port) }).href;
  const door = connectDirectly(toDirectAccess(mute), 500);

  const error = toOAuthError(await assertRejects(() => call("probe_backend", {}, door)));
  await door.close();
  (await accepted).close();

  assertEquals([error.code, error.reason], ["temporarily_unavailable", "database_unavailable"]);
});

/** Logins that the server refuses, and servers that are not there. */
const UNREACHABLE: [what: string, change: (url: URL) => void, reason: string][] = [
  ["a wrong password", (url) => url.password = "wrong-password", "database_login_refused"],
  ["a server that nobody runs", (url) => url.port = "1", "database_unavailable"],
  ["a database that is not there", (url) => url.pathname = "/nowhere", "database_unavailable"],
];
for (const [what, change, reason] of UNREACHABLE) {
  Deno.test(`${what} is trouble of the moment, and the log has neither URL nor password`, async () => {
    const elsewhere = new URL(url);
    change(elsewhere);
    const { password: secret } = elsewhere;
    const other = connectDirectly(toDirectAccess(elsewhere.href));

    const error = toOAuthError(await assertRejects(() => call("find_mcp_server", { p_slug: "x" }, other)));
    await other.close();

    assertEquals([error.code, error.status, error.reason], ["temporarily_unavailable", 503, reason]);
    const line = collectLog(() =>
      writeLog({
        requestId: "id",
        endpoint: "oauth",
        server: undefined,
        status: 503,
        reason: error.reason,
        milliseconds: 1,
        cause: error.cause,
      })
    );
    assertStringIncludes(line, reason);
    for (const hidden of [secret, "gatepost_functions", "postgresql:"]) {
      assertEquals(line.includes(hidden), false, hidden);
    }
  });
}

function collectLog(write: () => void): string {
  const lines: string[] = [];
  // deno-lint-ignore no-console
  const original = console.log;
  // deno-lint-ignore no-console
  console.log = (line: string) => void lines.push(line);
  try {
    write();
  } finally {
    // deno-lint-ignore no-console
    console.log = original;
  }
  return lines.join("\n");
}

/** Resolves once a backend runs its statement. */
async function untilWaiting(pid: number): Promise<void> {
  for (;;) {
    const [row] = await owner`select wait_event from pg_catalog.pg_stat_activity where pid = ${pid}`;
    if (row?.["wait_event"] === "PgSleep") {
      return;
    }
  }
}
