import { assertEquals, assertStringIncludes } from "@std/assert";
import { compareCatalogues, readCatalogue } from "../../../supabase/commands/schema/catalogue.ts";
import { proposeStep } from "../../../supabase/commands/schema/propose_step.ts";
import { openTwoDatabases } from "../../../supabase/commands/schema/two_databases.ts";
import { connect } from "../../../supabase/local/database/connect.ts";

const databases = await openTwoDatabases();
const released = connect(databases.fromMigrations);
const wanted = connect(databases.fromSchemas);
Deno.test.afterAll(async () => {
  await Promise.all([released.end(), wanted.end()]);
  await databases.stop();
});

/** What a next release may change: each kind of object, made, changed and taken away. */
const NEXT_RELEASE = `
  alter table public.mcp_servers
    add column added_url text,
    add constraint added_is_a_web_url check (public.is_web_url(added_url));
  grant select (added_url) on public.mcp_servers to authenticated;
  drop index public.mcp_servers_by_config;
  alter policy "Members read their organization's servers" on public.mcp_servers
    using (organization_id in (select public.organizations_of_platform_user(array['owner'])));

  create table public.added (
    id text primary key default public.new_id('add_'),
    organization_id text not null references public.organizations (id) on delete cascade
  );
  create index added_by_organization on public.added (organization_id);
  alter table public.added enable row level security;
  create policy "Members read what is added" on public.added for select to authenticated
    using (organization_id in (select public.organizations_of_platform_user()));
  revoke all on public.added from public, anon, authenticated, service_role;
  grant select on public.added to authenticated;

  alter type public.platform_change add attribute added text;
  create or replace function public.redirect_place(p_redirect_uri text) returns text
    language plpgsql immutable set search_path = '' as $$ begin return lower(p_redirect_uri); end $$;
  create function public.added_to_service(p_text text) returns text
    language sql immutable set search_path = '' as $$ select public.redirect_place(p_text) $$;
  revoke all on function public.added_to_service from public, anon, authenticated, service_role;
  grant execute on function public.added_to_service to service_role;
  drop function public.find_mcp_server;
  create function public.find_mcp_server(p_slug text, p_host text) returns text
    language plpgsql security definer set search_path = '' as $$ begin return p_slug; end $$;
  revoke all on function public.find_mcp_server from public, anon, authenticated, service_role;
  grant execute on function public.find_mcp_server to service_role;
  drop function public.track_mcp_server_user`;

Deno.test("between equal schemas there is no step", async () => {
  assertEquals(await proposeStep(databases.fromMigrations, databases.fromSchemas), undefined);
});

Deno.test("a step leads from a release to the next, rights included, and says what it deletes", async () => {
  await wanted.unsafe(NEXT_RELEASE).simple();

  const step = await proposeStep(databases.fromMigrations, databases.fromSchemas);
  await released.begin((transaction) => transaction.unsafe(step!.sql).simple());

  assertEquals(compareCatalogues(await readCatalogue(released), await readCatalogue(wanted)), {
    onlyInFirst: [],
    onlyInSecond: [],
  });
  assertStringIncludes(
    step!.sql,
    'REVOKE ALL ON FUNCTION "public"."added_to_service"(text) FROM PUBLIC;',
  );
  assertEquals(step!.destructive.map((statement) => statement.split("(")[0]), [
    'DROP POLICY "Members read their organization\'s servers" ON "public"."mcp_servers"',
    'DROP INDEX "public"."mcp_servers_by_config"',
    'DROP FUNCTION "public"."find_mcp_server"',
    'DROP FUNCTION "public"."track_mcp_server_user"',
  ]);
});
