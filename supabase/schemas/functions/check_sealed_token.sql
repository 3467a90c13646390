-- check_sealed_token: raises unless a token was sealed for a vault entry of this organization.
--
-- Only the shape and the header can be checked here: whether the token opens is
-- known to who has the key. supabase/README.md says how services seal a token.
--
-- Caller    provision_mcp_server_user
-- Rights    invoker, granted to nobody
-- Returns   the id of the vault entry that the token was sealed for; null without a token
-- Raises    22023 that names the argument
create function public.check_sealed_token(p_argument text, p_token text, p_organization_id text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_header jsonb;
begin
  if p_token is null then
    return null;
  end if;
  if char_length(p_token) > 131072 then
    raise exception using errcode = '22023', message = p_argument || ' must be at most 131072 characters';
  end if;
  -- Five parts: no encrypted key, an initialization vector of 96 bits, a tag of 128 bits.
  if p_token !~ '^eyJ[A-Za-z0-9_-]+\.\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{22}$' then
    raise exception using errcode = '22023',
      message = p_argument || ' must be a sealed token: a JWE, dir with A256GCM, in compact form';
  end if;
  v_header := public.sealed_header(p_ciphertext => p_token);
  if coalesce(v_header ->> 'kid', '') = ''
    or v_header - array['kid', 'row']
      is distinct from jsonb_build_object(
        'alg', 'dir', 'enc', 'A256GCM', 'typ', 'upstream-token', 'org', p_organization_id
      )
    or coalesce(v_header ->> 'row', '') !~ '^uoat_[A-Za-z0-9_-]{12}$' then
    raise exception using errcode = '22023',
      message = p_argument || ' must be sealed with a key id, as an upstream-token, for the login''s organization and '
        || 'for a row uoat_ with 12 random characters';
  end if;
  return v_header ->> 'row';
end
$$;

revoke all on function public.check_sealed_token from public, anon, authenticated, service_role;
