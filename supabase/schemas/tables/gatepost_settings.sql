-- gatepost_settings: what the operator of the deployment decides, in one row.
--
-- Nobody may found an organization until the operator says so. public_url is
-- GATEPOST_PUBLIC_URL: with it a server is refused whose address leads back to the
-- gateway, and whose resource is another server's. server_slugs says whether an
-- organization chooses a slug, or takes what the operator reserved for it. save_deployment_settings changes
-- the row. No policy: only the definer functions read it.

create table public.gatepost_settings (
  is_only_row boolean primary key default true,
  organization_founding text not null default 'closed',
  server_slugs text not null default 'open',
  organizations_per_founder integer not null default 3,
  servers_per_organization integer not null default 50,
  retired_names_per_organization integer not null default 200,
  configs_per_organization integer not null default 20,
  members_per_organization integer not null default 100,
  invitations_per_organization integer not null default 50,
  people_per_organization integer not null default 1000000,
  public_url text,
  constraint settings_are_one_row check (is_only_row),
  constraint organization_founding_is_known check (organization_founding in ('closed', 'open')),
  constraint server_slugs_is_known check (server_slugs in ('open', 'reserved')),
  constraint quotas_are_not_negative check (
    least(
      organizations_per_founder, servers_per_organization, retired_names_per_organization, configs_per_organization,
      members_per_organization, invitations_per_organization, people_per_organization
    ) >= 0
  ),
  constraint public_url_is_a_web_url check (public.is_web_url(public_url) and public_url !~ '[?]|/$')
);

insert into public.gatepost_settings default values;

alter table public.gatepost_settings enable row level security;

revoke all on public.gatepost_settings from public, anon, authenticated, service_role;
