-- save_mcp_server: makes or changes an organization's MCP server.
--
-- Without p_id a server is made. Otherwise null leaves a setting as it is, and
-- an empty text clears one that is optional. auth_type none clears the config,
-- and a registration policy other than token clears the initial access token.
-- A slug or resource that the server no longer has is retired for its organization
-- (see retired_server_names). What the deployment's public URL says of upstream_url
-- and resource is checked here, because a constraint reads no other table. A
-- server without either is nowhere, and refused.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the table
-- Locks     the organization, then the server
-- Outcomes  created | saved | forbidden | unknown_organization | unknown_server | unknown_config | slug_taken |
--           resource_taken | quota_reached | invalid (see platform_change)
-- Raises    22004 when a new server names no organization
create function public.save_mcp_server(
  p_id text default null,
  p_organization_id text default null,
  p_slug text default null,
  p_name text default null,
  p_auth_type text default null,
  p_custom_oauth_config_id text default null,
  p_upstream_url text default null,
  p_upstream_authorization text default null,
  p_resource text default null,
  p_scopes_supported text[] default null,
  p_required_scopes text[] default null,
  p_access_token_seconds integer default null,
  p_refresh_token_seconds integer default null,
  p_registration_policy text default null,
  p_registration_redirect_hosts text[] default null,
  p_initial_access_token_hash text default null,
  p_metadata_document_policy text default null,
  p_metadata_document_hosts text[] default null,
  p_disabled boolean default null,
  p_scope_rules jsonb default null,
  p_scope_hierarchy jsonb default null,
  p_scope_descriptions jsonb default null,
  p_record_payloads text default null,
  p_redacted_paths text[] default null
)
returns public.platform_change
language plpgsql
security definer
set search_path = ''
as $$
declare
  v_server public.mcp_servers;
  v_slug text;
  v_resource text;
  v_public_url text := (select setting.public_url from public.gatepost_settings as setting);
  v_role text;
  v_column text;
  v_constraint text;
  v_change public.platform_change;
begin
  if p_id is null and p_organization_id is null then
    raise exception using errcode = '22004', message = 'p_organization_id must not be null where p_id is';
  end if;

  perform from public.organizations as organization
  where organization.id = coalesce(
      (select server.organization_id from public.mcp_servers as server where server.id = p_id), p_organization_id
    )
    and public.platform_role(organization.id) is not null
  for no key update;
  if p_id is not null then
    select * into v_server
    from public.mcp_servers as server
    where server.id = p_id and public.platform_role(server.organization_id) is not null
    for no key update;
  end if;
  v_role := public.platform_role(case when p_id is null then p_organization_id else v_server.organization_id end);
  if v_role is null then
    return public.refuse_platform_change(case when p_id is null then 'unknown_organization' else 'unknown_server' end);
  end if;
  if v_role = 'member' then
    return public.refuse_platform_change('forbidden');
  end if;

  v_slug := coalesce(p_slug, v_server.slug);
  v_resource := nullif(coalesce(p_resource, v_server.resource), '');
  if p_id is null and not public.has_room(p_organization_id => p_organization_id, p_kind => 'server') then
    return public.refuse_platform_change('quota_reached');
  end if;
  if (v_slug is distinct from v_server.slug or v_resource is distinct from v_server.resource)
    and not public.may_take_names(
      p_organization_id => coalesce(v_server.organization_id, p_organization_id), p_names => array[v_slug, v_resource]
    ) then
    return public.refuse_platform_change('quota_reached');
  end if;
  if v_resource is null and coalesce(p_upstream_url, v_server.upstream_url, '') = '' then
    return public.refuse_platform_change(
      p_outcome => 'invalid',
      p_reason => 'mcp_server_is_somewhere',
      p_argument => 'p_upstream_url',
      p_expected => 'the URL of the MCP server, unless resource is given'
    );
  end if;
  if public.leads_to_gateway(p_url => p_upstream_url, p_public_url => v_public_url) then
    return public.refuse_platform_change(
      p_outcome => 'invalid',
      p_reason => 'mcp_server_is_not_the_gateway',
      p_argument => 'p_upstream_url',
      p_expected => 'a URL that does not lead to the gateway'
    );
  end if;
  if starts_with(lower(v_resource), lower(v_public_url) || '/oauth-connections/')
    or starts_with(lower(v_resource), lower(v_public_url) || '/mcp/')
    and v_resource <> v_public_url || '/mcp/' || v_slug then
    return public.refuse_platform_change(
      p_outcome => 'invalid',
      p_reason => 'mcp_server_resource_is_its_own',
      p_argument => 'p_resource',
      p_expected => 'not the URL of another server at the gateway, nor of Gatepost''s own page'
    );
  end if;

  if p_id is null then
    insert into public.mcp_servers (organization_id, slug, name, auth_type, custom_oauth_config_id)
    values
      (p_organization_id, p_slug, p_name, coalesce(p_auth_type, 'custom_oauth'), nullif(p_custom_oauth_config_id, ''))
    returning * into v_server;
  end if;
  update public.mcp_servers as server
  set slug = coalesce(p_slug, server.slug),
      name = coalesce(p_name, server.name),
      auth_type = coalesce(p_auth_type, server.auth_type),
      custom_oauth_config_id = case
        when p_auth_type = 'none' then null
        else nullif(coalesce(p_custom_oauth_config_id, server.custom_oauth_config_id), '')
      end,
      upstream_url = nullif(coalesce(p_upstream_url, server.upstream_url), ''),
      upstream_authorization = coalesce(p_upstream_authorization, server.upstream_authorization),
      resource = nullif(coalesce(p_resource, server.resource), ''),
      scopes_supported = coalesce(p_scopes_supported, server.scopes_supported),
      required_scopes = coalesce(p_required_scopes, server.required_scopes),
      scope_rules = coalesce(p_scope_rules, server.scope_rules),
      scope_hierarchy = coalesce(p_scope_hierarchy, server.scope_hierarchy),
      scope_descriptions = coalesce(p_scope_descriptions, server.scope_descriptions),
      access_token_seconds = coalesce(p_access_token_seconds, server.access_token_seconds),
      refresh_token_seconds = coalesce(p_refresh_token_seconds, server.refresh_token_seconds),
      registration_policy = coalesce(p_registration_policy, server.registration_policy),
      registration_redirect_hosts = coalesce(p_registration_redirect_hosts, server.registration_redirect_hosts),
      initial_access_token_hash = case
        when coalesce(p_registration_policy, server.registration_policy) = 'token'
          then coalesce(p_initial_access_token_hash, server.initial_access_token_hash)
      end,
      metadata_document_policy = coalesce(p_metadata_document_policy, server.metadata_document_policy),
      metadata_document_hosts = coalesce(p_metadata_document_hosts, server.metadata_document_hosts),
      record_payloads = coalesce(p_record_payloads, server.record_payloads),
      redacted_paths = coalesce(p_redacted_paths, server.redacted_paths),
      updated_at = now(),
      disabled_at = case
        when p_disabled then coalesce(server.disabled_at, now())
        when p_disabled is null then server.disabled_at
      end
  where server.id = v_server.id;
  perform public.take_server_names(
    p_organization_id => v_server.organization_id,
    p_names => array[v_slug, v_resource],
    p_former_names => case when p_id is not null then array[v_server.slug, v_server.resource] else '{}' end
  );

  perform public.record_platform_event(
    p_organization_id => v_server.organization_id, p_event => 'server_saved', p_mcp_server_id => v_server.id
  );
  v_change.outcome := case when p_id is null then 'created' else 'saved' end;
  v_change.id := v_server.id;
  return v_change;
exception
  when unique_violation then
    get stacked diagnostics v_constraint = constraint_name;
    return public.refuse_platform_change(
      case v_constraint when 'mcp_server_resource_is_unique' then 'resource_taken' else 'slug_taken' end
    );
  when foreign_key_violation then
    return public.refuse_platform_change('unknown_config');
  when check_violation then
    get stacked diagnostics v_constraint = constraint_name;
    return public.refuse_broken_rule(v_constraint);
  when not_null_violation then
    get stacked diagnostics v_column = column_name;
    return public.refuse_missing_value(v_column);
end
$$;

revoke all on function public.save_mcp_server from public, anon, authenticated, service_role;
grant execute on function public.save_mcp_server to authenticated;
