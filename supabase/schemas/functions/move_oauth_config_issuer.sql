-- move_oauth_config_issuer: gives a config another issuer and takes its people along.
--
-- A person is known by issuer and subject. A provider that moves to another host
-- keeps its subjects: with save_oauth_config alone everybody would be a new person
-- at the next login. Here each identity of the old issuer gets the new one, in the
-- transaction that saves it. The old one stays as long as another config of the
-- organization has that issuer. Nothing is changed by a dry run, which is what
-- happens unless the caller says otherwise, nor where a subject is known at the
-- new issuer as somebody else: those are merged first (merge_mcp_server_users).
-- Of an issuer of many tenants nobody is moved: their identities have issuers of
-- their own. What save_oauth_config demands of a new place holds here as well:
-- the client secret comes along, sealed.
--
-- Caller    an owner or admin, as authenticated
-- Rights    definer: the caller may not write the tables
-- Locks     the organization, the config
-- Outcomes  would_move | moved | conflict | forbidden | unknown_config | invalid (see platform_change)
-- Raises    22004 when p_oauth_config_id, p_issuer or p_dry_run is null
create function public.move_oauth_config_issuer(
  p_oauth_config_id text,
  p_issuer text,
  p_dry_run boolean default true,
  p_client_secret_ciphertext text default null
)
returns public.issuer_move
language plpgsql
security definer
set search_path = ''
set statement_timeout = '10min'
as $$
declare
  v_config public.custom_oauth_configs;
  v_role text;
  v_source text;
  v_came integer;
  v_went integer;
  v_saved public.platform_change;
  v_move public.issuer_move;
begin
  if p_oauth_config_id is null or p_issuer is null or p_dry_run is null then
    raise exception using errcode = '22004', message = 'p_oauth_config_id, p_issuer and p_dry_run must not be null';
  end if;

  perform public.hold_organization(p_organization_id => (
    select config.organization_id from public.custom_oauth_configs as config where config.id = p_oauth_config_id
  ));
  select * into v_config
  from public.custom_oauth_configs as config
  where config.id = p_oauth_config_id and public.platform_role(config.organization_id) is not null
  for no key update;
  v_role := public.platform_role(v_config.organization_id);
  v_source := coalesce(v_config.issuer, v_config.id);
  v_move.outcome := case
    when v_role is null then 'unknown_config'
    when v_role = 'member' then 'forbidden'
    when p_issuer = v_source or not public.is_web_url(p_issuer) then 'invalid'
    else 'moved'
  end;
  if v_move.outcome = 'invalid' then
    v_move.reason := 'issuer_is_another';
    v_move.argument := 'p_issuer';
    v_move.expected := 'an https URL, and another than the present issuer';
  end if;
  if v_move.outcome <> 'moved' then
    return v_move;
  end if;

  select count(*), count(*) filter (where taken.mcp_server_user_id <> identity.mcp_server_user_id)
  into v_move.people, v_move.conflicts
  from public.mcp_server_user_identities as identity
  left join public.mcp_server_user_identities as taken
    on taken.organization_id = identity.organization_id
    and taken.source = p_issuer
    and taken.subject = identity.subject
  where identity.organization_id = v_config.organization_id and identity.source = v_source;
  v_move.id := v_config.id;
  v_move.outcome := case when v_move.conflicts > 0 then 'conflict' when p_dry_run then 'would_move' else 'moved' end;
  if v_move.outcome <> 'moved' then
    return v_move;
  end if;

  v_saved := public.save_oauth_config(
    p_id => v_config.id, p_issuer => p_issuer, p_client_secret_ciphertext => p_client_secret_ciphertext
  );
  if v_saved.outcome <> 'saved' then
    v_move.outcome := v_saved.outcome;
    v_move.reason := v_saved.reason;
    v_move.argument := v_saved.argument;
    v_move.expected := v_saved.expected;
    return v_move;
  end if;
  insert into public.mcp_server_user_identities
    (organization_id, source, subject, mcp_server_user_id, first_oauth_config_id, created_at)
  select
    identity.organization_id, p_issuer, identity.subject, identity.mcp_server_user_id, identity.first_oauth_config_id,
    identity.created_at
  from public.mcp_server_user_identities as identity
  where identity.organization_id = v_config.organization_id and identity.source = v_source
  on conflict do nothing;
  get diagnostics v_came = row_count;
  delete from public.mcp_server_user_identities as identity
  where identity.organization_id = v_config.organization_id
    and identity.source = v_source
    and not exists (
      select from public.custom_oauth_configs as other
      where other.organization_id = v_config.organization_id and other.issuer = v_source
    );
  get diagnostics v_went = row_count;
  perform public.count_gone_identities(p_organization_id => v_config.organization_id, p_gone => v_went - v_came);
  perform public.record_platform_event(
    p_organization_id => v_config.organization_id, p_event => 'issuer_moved', p_object_id => v_config.id
  );
  return v_move;
end
$$;

revoke all on function public.move_oauth_config_issuer from public, anon, authenticated, service_role;
grant execute on function public.move_oauth_config_issuer to authenticated;
