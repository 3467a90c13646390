-- mcp_servers: an MCP server, how its callers sign in, and its policies.
--
-- upstream_url is where the gateway forwards to; a server that is not behind
-- the gateway names its own URL in resource instead. The slug is a DNS label,
-- so that it may one day stand in a host name.
--
-- resource is held in the one spelling that resources are compared in: what a
-- client asks for is brought into it (functions/_shared/tokens/resource.ts),
-- and what is stored is compared as it is. A query names no server, so a
-- resource has none.
--
-- config_owner_id is derived from auth_type, so that the foreign key over it
-- demands the right owner: custom_oauth takes a config of the server's own
-- organization, platform_oauth one of the platform, none takes none.
--
-- A resource is stored in the one spelling that functions/_shared/tokens/resource.ts
-- compares, so that its uniqueness means one audience for one server.
--
-- registration_redirect_hosts says where a client's answers may go under the
-- policy redirect_hosts, as redirect_place names it: a host, "localhost", or
-- the scheme of an app with its colon ("cursor:").
--
-- scope_rules say which scopes a call needs beside required_scopes, by its method
-- and by the name in it, where * stands for any text. scope_hierarchy says which
-- scopes a scope includes. A rule may demand only what scopes_supported has, for
-- nobody could be granted anything else. Rules are refused on a server without a
-- sign-in or without the gateway, where nothing would check them. Both are read
-- with every call, so their length is limited. scope_descriptions say to a person on
-- the consent page what a scope means.
--
-- record_payloads says whether calls are recorded with their arguments and results.
-- What stands at one of redacted_paths is left out of both by the gateway, before
-- anything comes here.
--
-- A comment of a constraint says its rule to whoever breaks it: see
-- refuse_broken_rule.

create table public.mcp_servers (
  id text primary key default public.new_id('mcps_'),
  organization_id text not null references public.organizations (id) on delete cascade,
  slug text not null,
  name text not null,
  auth_type text not null default 'custom_oauth',
  custom_oauth_config_id text,
  config_owner_id text generated always as (
    case auth_type when 'custom_oauth' then organization_id when 'platform_oauth' then '' end
  ) stored,
  upstream_url text,
  upstream_authorization text not null default 'upstream_token',
  resource text,
  scopes_supported text[] not null default array['openid', 'email', 'profile', 'offline_access'],
  required_scopes text[] not null default array[]::text[],
  scope_rules jsonb not null default '[]',
  scope_hierarchy jsonb not null default '{}',
  scope_descriptions jsonb not null default '{}',
  access_token_seconds integer not null default 900,
  refresh_token_seconds integer not null default 2592000,
  registration_policy text not null default 'open',
  registration_redirect_hosts text[] not null default array[]::text[],
  initial_access_token_hash text,
  metadata_document_policy text not null default 'allow_list',
  -- Whoever publishes a description does not fall back to registration: a host that is missing keeps its clients out.
  metadata_document_hosts text[] not null
    default array['claude.ai', 'chatgpt.com', 'vscode.dev', 'github.com', 'opencode.ai', 'zed.dev'],
  record_payloads text not null default 'none',
  redacted_paths text[] not null default array[]::text[],
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  disabled_at timestamptz,
  constraint mcp_server_slug_is_unique unique (slug),
  constraint mcp_server_resource_is_unique unique (resource),
  constraint mcp_server_belongs_to_one_organization unique (organization_id, id),
  constraint mcp_server_uses_a_config_of_its_own_or_the_platform
    foreign key (config_owner_id, custom_oauth_config_id)
    references public.custom_oauth_configs (owner_id, id),
  constraint mcp_server_slug_is_a_dns_label check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  constraint mcp_server_name_is_readable check (char_length(name) between 1 and 200),
  constraint mcp_server_auth_type_is_known check (auth_type in ('custom_oauth', 'platform_oauth', 'none')),
  constraint mcp_server_signs_in_with_a_config check ((auth_type = 'none') = (custom_oauth_config_id is null)),
  constraint mcp_server_upstream_url_is_a_web_url check (public.is_web_url(upstream_url)),
  constraint mcp_server_resource_is_a_web_url check (public.is_web_url(resource)),
  constraint mcp_server_resource_is_in_normal_form check (
    resource !~ '[?]|/$'
    and resource !~ '^https?://[^/]*[A-Z]'
    and resource !~ '^(http://[^/]*:80|https://[^/]*:443|https?://[^/]*:0[0-9]+)(/|$)'
    and resource !~* '/([.]|%2e){1,2}(/|$)'
    and resource ~ '^https?://(([a-z0-9.-]*\.)?[a-z][a-z0-9-]*\.?|((0|[1-9][0-9]{0,2})\.){3}(0|[1-9][0-9]{0,2})|\[::1\])(:|/|$)'
  ),
  constraint mcp_server_is_forwarded_or_stands_alone check (upstream_url is null or resource is null),
  constraint upstream_authorization_is_known check (upstream_authorization in ('upstream_token', 'none')),
  constraint scopes_supported_are_scopes check (public.are_scopes(to_jsonb(scopes_supported))),
  constraint scopes_supported_are_short check (pg_column_size(scopes_supported) <= 65536),
  constraint required_scopes_are_short check (pg_column_size(required_scopes) <= 65536),
  constraint required_scopes_are_supported check (required_scopes <@ scopes_supported),
  constraint required_scopes_need_a_sign_in check (auth_type <> 'none' or required_scopes = '{}'),
  constraint scope_rules_name_methods_and_scopes check (public.are_scope_rules(scope_rules)),
  constraint scope_rules_need_a_sign_in_at_the_gateway check (
    scope_rules = '[]' or (auth_type <> 'none' and upstream_url is not null)
  ),
  constraint scope_rules_stay_within_scopes_supported check (
    jsonb_path_query_array(scope_rules, '$[*].scopes[*]') <@ to_jsonb(scopes_supported)
  ),
  constraint scope_hierarchy_names_scopes check (public.is_scope_hierarchy(scope_hierarchy)),
  constraint scope_rules_and_hierarchy_are_short check (
    char_length(scope_rules::text) + char_length(scope_hierarchy::text) <= 20000
  ),
  constraint scope_descriptions_are_short check (pg_column_size(scope_descriptions) <= 65536),
  constraint scope_descriptions_say_what_scopes_mean check (public.is_scope_descriptions(scope_descriptions)),
  constraint access_token_lifetime_is_sane check (access_token_seconds between 60 and 86400),
  constraint refresh_token_lifetime_is_sane check (refresh_token_seconds between 300 and 31536000),
  constraint registration_policy_is_known check (registration_policy in ('open', 'redirect_hosts', 'token', 'closed')),
  constraint registration_redirect_hosts_are_texts check (array_position(registration_redirect_hosts, null) is null),
  constraint registration_redirect_hosts_are_short check (pg_column_size(registration_redirect_hosts) <= 65536),
  constraint registration_token_is_a_sha256 check (char_length(initial_access_token_hash) = 43),
  constraint registration_token_stands_with_its_policy check (
    (registration_policy = 'token') = (initial_access_token_hash is not null)
  ),
  constraint metadata_document_policy_is_known check (metadata_document_policy in ('off', 'allow_list', 'open')),
  constraint metadata_document_hosts_are_texts check (array_position(metadata_document_hosts, null) is null),
  constraint metadata_document_hosts_are_short check (pg_column_size(metadata_document_hosts) <= 65536),
  constraint record_payloads_is_known check (record_payloads in ('none', 'arguments', 'all')),
  constraint redacted_paths_are_paths check (public.are_redacted_paths(redacted_paths))
);

comment on constraint mcp_server_slug_is_a_dns_label on public.mcp_servers is
  'slug: 1 to 63 lower-case letters, digits and hyphens, without a hyphen at either end';
comment on constraint mcp_server_name_is_readable on public.mcp_servers is
  'name: 1 to 200 characters';
comment on constraint mcp_server_auth_type_is_known on public.mcp_servers is
  'auth_type: custom_oauth, platform_oauth or none';
comment on constraint mcp_server_signs_in_with_a_config on public.mcp_servers is
  'custom_oauth_config_id: given, and left out where auth_type is none';
comment on constraint mcp_server_upstream_url_is_a_web_url on public.mcp_servers is
  'upstream_url: an https URL, or an http URL of the local machine';
comment on constraint mcp_server_resource_is_a_web_url on public.mcp_servers is
  'resource: an https URL, or an http URL of the local machine';
comment on constraint mcp_server_resource_is_in_normal_form on public.mcp_servers is
  'resource: a URL with a host in lower case, without a query, a default port, dot segments or a slash at its end';
comment on constraint mcp_server_is_forwarded_or_stands_alone on public.mcp_servers is
  'resource: left out where upstream_url is given';
comment on constraint upstream_authorization_is_known on public.mcp_servers is
  'upstream_authorization: upstream_token or none';
comment on constraint scopes_supported_are_scopes on public.mcp_servers is
  'scopes_supported: a list of texts without spaces, quotation marks and backslashes';
comment on constraint scopes_supported_are_short on public.mcp_servers is
  'scopes_supported: a list of at most 64 kB altogether';
comment on constraint required_scopes_are_short on public.mcp_servers is
  'required_scopes: a list of at most 64 kB altogether';
comment on constraint required_scopes_are_supported on public.mcp_servers is
  'required_scopes: a part of scopes_supported';
comment on constraint required_scopes_need_a_sign_in on public.mcp_servers is
  'required_scopes: empty where auth_type is none';
comment on constraint scope_rules_name_methods_and_scopes on public.mcp_servers is
  'scope_rules: a list of objects with method, scopes and, where it matters, name';
comment on constraint scope_rules_need_a_sign_in_at_the_gateway on public.mcp_servers is
  'scope_rules: empty where auth_type is none or upstream_url is left out';
comment on constraint scope_rules_stay_within_scopes_supported on public.mcp_servers is
  'scope_rules: rules whose scopes are a part of scopes_supported';
comment on constraint scope_hierarchy_names_scopes on public.mcp_servers is
  'scope_hierarchy: an object whose members are scopes with lists of scopes';
comment on constraint scope_rules_and_hierarchy_are_short on public.mcp_servers is
  'scope_rules: at most 20,000 characters long, together with scope_hierarchy';
comment on constraint scope_descriptions_are_short on public.mcp_servers is
  'scope_descriptions: an object of at most 64 kB altogether';
comment on constraint scope_descriptions_say_what_scopes_mean on public.mcp_servers is
  'scope_descriptions: an object of at most 100 scopes, each with a text of 1 to 200 characters on one line';
comment on constraint access_token_lifetime_is_sane on public.mcp_servers is
  'access_token_seconds: between 60 and 86400';
comment on constraint refresh_token_lifetime_is_sane on public.mcp_servers is
  'refresh_token_seconds: between 300 and 31536000';
comment on constraint registration_policy_is_known on public.mcp_servers is
  'registration_policy: open, redirect_hosts, token or closed';
comment on constraint registration_redirect_hosts_are_texts on public.mcp_servers is
  'registration_redirect_hosts: a list of texts';
comment on constraint registration_redirect_hosts_are_short on public.mcp_servers is
  'registration_redirect_hosts: a list of at most 64 kB altogether';
comment on constraint registration_token_is_a_sha256 on public.mcp_servers is
  'initial_access_token_hash: a SHA-256 in base64url, 43 characters';
comment on constraint registration_token_stands_with_its_policy on public.mcp_servers is
  'initial_access_token_hash: given where registration_policy is token';
comment on constraint metadata_document_policy_is_known on public.mcp_servers is
  'metadata_document_policy: off, allow_list or open';
comment on constraint metadata_document_hosts_are_texts on public.mcp_servers is
  'metadata_document_hosts: a list of texts';
comment on constraint metadata_document_hosts_are_short on public.mcp_servers is
  'metadata_document_hosts: a list of at most 64 kB altogether';
comment on constraint record_payloads_is_known on public.mcp_servers is
  'record_payloads: none, arguments or all';
comment on constraint redacted_paths_are_paths on public.mcp_servers is
  'redacted_paths: at most 50 paths such as $.user.email, $.rows[*].name or $..secret, of at most 200 characters';

create index mcp_servers_by_organization on public.mcp_servers (organization_id);
create index mcp_servers_by_config on public.mcp_servers (config_owner_id, custom_oauth_config_id);

alter table public.mcp_servers enable row level security;

create policy "Members read their organization's servers"
  on public.mcp_servers for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.mcp_servers from public, anon, authenticated, service_role;
grant select (
  id, organization_id, slug, name, auth_type, custom_oauth_config_id, upstream_url, upstream_authorization, resource,
  scopes_supported, required_scopes, scope_rules, scope_hierarchy, scope_descriptions, access_token_seconds,
  refresh_token_seconds, registration_policy, registration_redirect_hosts, metadata_document_policy,
  metadata_document_hosts, record_payloads, redacted_paths, created_at, updated_at, disabled_at
) on public.mcp_servers to authenticated;
