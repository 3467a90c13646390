-- is_issuer_of_config: whether whom a login names as the issuer may be that of its config.
--
-- It is the same text. For an issuer of many tenants, such as Microsoft's "common",
-- it is the issuer with a tenant in the place of that word. A tenant has a digit or
-- a dot, and is among the allowed ones where a config names some. Whether a provider
-- has tenants is said by its document alone, which the functions read at a login.
--
-- Caller    provision_mcp_server_user
-- Rights    invoker, granted to nobody
create function public.is_issuer_of_config(p_issuer text, p_config_issuer text, p_allowed_tenants text[])
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_given text[] := string_to_array(p_issuer, '/');
  v_names text[] := string_to_array(p_config_issuer, '/');
  v_tenant text;
begin
  if p_config_issuer is null then
    return false;
  end if;
  if p_issuer = p_config_issuer then
    return true;
  end if;
  -- The first three are the scheme, nothing, and the host.
  for v_at in 4..cardinality(v_names) loop
    v_tenant := v_given[v_at];
    if v_names[v_at] ~ '^[a-z]+$'
      and v_tenant ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$'
      and v_tenant ~ '[0-9.]'
      and v_names[:v_at - 1] || v_tenant || v_names[v_at + 1:] = v_given then
      return cardinality(p_allowed_tenants) = 0 or exists (
        select from unnest(p_allowed_tenants) as allowed (tenant)
        where lower(allowed.tenant) = lower(v_tenant)
      );
    end if;
  end loop;
  return false;
end
$$;

revoke all on function public.is_issuer_of_config from public, anon, authenticated, service_role;
