/**
 * What the Supabase CLI says of the database, on a PostgreSQL that has pgTAP, plpgsql_check and pg_cron.
 *
 * `supabase test db` runs the same files with the same program, in a container
 * of its own. Each check is shown a database with a fault as well: a check that
 * finds nothing there would find nothing anywhere.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { connect } from "../../supabase/local/database/connect.ts";
import { type CommandResult, runSupabase } from "../support/database/supabase_cli.ts";
import { findDebianPostgres, PACKAGES, startDebianDatabase } from "../support/database/debian_postgres.ts";

const folder = new URL("../../supabase/tests/database", import.meta.url).pathname;
const files = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name)
  .filter((name) => name.endsWith(".test.sql")).sort();

const programs = await findDebianPostgres();
if (programs === undefined) {
  const sentence = `pgTAP and the CLI's checks need Debian's ${PACKAGES}, or those of another version`;
  if (Deno.env.get("CI")) {
    throw new Error(sentence);
  }
  // deno-lint-ignore no-console
  console.log(`Left out: ${sentence}`);
}
const database = programs === undefined ? undefined : await startDebianDatabase(programs);
Deno.test.afterAll(() => database?.stop());

function debianTest(name: string, fn: (url: string) => Promise<void>): void {
  Deno.test({ name, ignore: database === undefined, fn: () => fn(database!.databaseUrl) });
}

for (const file of files) {
  debianTest(`supabase/tests/database/${file}`, async (url) => {
    const { success, stdout, stderr } = await prove(url, file);

    assert(success, stdout + stderr);
  });
}

debianTest("supabase db lint finds nothing", async (url) => {
  const { success, stdout, stderr } = await lint(url);

  assert(success, stdout + stderr);
});

debianTest("supabase db advisors find nothing", async (url) => {
  const { success, stdout, stderr } = await advise(url);

  assert(success, stdout + stderr);
});

debianTest("pg_cron runs the clean-up every minute", async () => {
  const scheduled = await startDebianDatabase(programs!, { withCron: true });
  const sql = connect(scheduled.databaseUrl);
  try {
    const jobs = await sql`select jobname, schedule, command, username from cron.job`;
    await sql`
      insert into public.mcp_audit_events (organization_id, event, keep_until)
      values ('org_demo', 'user_linked', now() - interval '1 day')`;
    await sql.unsafe(String(jobs[0]?.["command"]));
    const [left] = await sql`select count(*)::integer as count from public.mcp_audit_events`;

    assertEquals(jobs.map((job) => ({ ...job })), [{
      jobname: "gatepost_purge_expired",
      schedule: "* * * * *",
      command: "select public.purge_expired(10000)",
      username: "postgres",
    }]);
    assertEquals(left?.["count"], 0);
  } finally {
    await sql.end();
    await scheduled.stop();
  }
});

/** A fault, what finds it, and a part of what that says. */
const FAULTS: [what: string, statement: string, check: Check, says: string][] = [
  [
    "a policy that lets everybody read",
    "create policy everybody on public.mcp_servers for select to authenticated using (true)",
    (url) => prove(url, "members_read_their_own.test.sql"),
    "a member reads mcp_servers",
  ],
  [
    "row level security that is off",
    "alter table public.mcp_audit_events disable row level security",
    (url) => prove(url, "members_read_their_own.test.sql"),
    "who belongs nowhere reads nothing of mcp_audit_events",
  ],
  [
    "a secret column that is granted",
    "grant select (refresh_hash) on public.mcp_proxy_tokens to authenticated",
    (url) => prove(url, "tables_are_granted.test.sql"),
    "an owner may not read mcp_proxy_tokens.refresh_hash",
  ],
  [
    "a table that is granted to the functions' role",
    "grant select on public.upstream_oauth_tokens to service_role",
    (url) => prove(url, "tables_are_granted.test.sql"),
    "service_role may not read upstream_oauth_tokens",
  ],
  [
    "a function that is granted to PUBLIC",
    "grant execute on function public.find_mcp_server(text) to public",
    (url) => prove(url, "functions_are_granted.test.sql"),
    "PUBLIC may execute nothing",
  ],
  [
    "a function whose search path is open",
    "alter function public.find_mcp_server(text) reset search_path",
    (url) => prove(url, "functions_are_granted.test.sql"),
    "every function pins its search path",
  ],
  [
    "a member who counts as an admin",
    `create or replace function public.platform_role(p_organization_id text) returns text language sql stable
     set search_path = '' as $$
       select case member.role when 'member' then 'admin' else member.role end
       from public.organization_members as member
       where member.organization_id = p_organization_id and member.user_id = (select auth.uid())
     $$`,
    (url) => prove(url, "platform_roles.test.sql"),
    "as a member, delete_mcp_server('mcps_ours')",
  ],
  [
    "anybody who counts as an owner",
    `create or replace function public.platform_role(p_organization_id text) returns text language sql stable
     set search_path = '' as $$ select 'owner' $$`,
    (url) => prove(url, "platform_roles.test.sql"),
    "as the owner of another organization, delete_mcp_server_user('mcpu_ours')",
  ],
  [
    "a function that reads a column that is not there",
    `create function public.faulty() returns void language plpgsql set search_path = '' as $$
     begin perform server.nothing from public.mcp_servers as server; end $$`,
    lint,
    "column server.nothing does not exist",
  ],
  [
    "a table without row level security",
    "create table public.open (id integer primary key); grant select on public.open to anon",
    advise,
    "rls_disabled_in_public",
  ],
];
for (const [what, statement, check, says] of FAULTS) {
  debianTest(`${what} is found`, async (url) => {
    const { success, stdout, stderr } = await withFault(url, statement, check);

    assertEquals(success, false);
    assertStringIncludes(stdout + stderr, says);
  });
}

type Check = (url: string) => Promise<CommandResult>;

function lint(url: string): Promise<CommandResult> {
  return runSupabase(url, "db", "lint", "--schema", "public", "--level", "warning", "--fail-on", "warning");
}

function advise(url: string): Promise<CommandResult> {
  return runSupabase(url, "db", "advisors", "--level", "warn", "--fail-on", "warn");
}

/** Runs a file of pgTAP tests. */
async function prove(url: string, file: string): Promise<CommandResult> {
  const { success, stdout, stderr } = await new Deno.Command("pg_prove", {
    args: [
      ...["--norc", "--nocolor", "--failures", "--comments"],
      ...["--psql-bin", `${database!.binaries}/psql`, "--dbname", url, `${folder}/${file}`],
    ],
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin" },
    stdin: "null",
  }).output();
  const [said, complained] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { success, stdout: said ?? "", stderr: complained ?? "" };
}

/** Runs a check against a copy of the database that a statement has spoiled. */
async function withFault(url: string, statement: string, check: Check): Promise<CommandResult> {
  const copy = Object.assign(new URL(url), { pathname: "/faulty" }).href;
  const server = connect(Object.assign(new URL(url), { pathname: "/template1" }).href);
  try {
    await server`create database faulty template postgres`;
    await run(copy, statement);
    return await check(copy);
  } finally {
    await server`drop database faulty with (force)`;
    await server.end();
  }
}

async function run(url: string, statement: string): Promise<void> {
  const faulty = connect(url);
  try {
    await faulty.unsafe(statement);
  } finally {
    await faulty.end();
  }
}
