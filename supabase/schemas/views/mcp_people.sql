-- mcp_people: the end users of an organization, with the identities that they log in with.
--
-- A visitor who never logged in has the auth_type none and no identity.
--
-- Readers   members, as authenticated
create view public.mcp_people with (security_invoker = true) as
select
  person.organization_id,
  person.id as mcp_server_user_id,
  person.email,
  person.email_verified,
  person.profile_data ->> 'name' as name,
  person.profile_data as profile,
  person.auth_type,
  (
    select coalesce(
      jsonb_agg(
        jsonb_build_object(
          'issuer', identity.source, 'subject', identity.subject, 'oauth_config_id', identity.first_oauth_config_id,
          'since', identity.created_at
        )
        order by identity.created_at, identity.source, identity.subject
      ),
      '[]'
    )
    from public.mcp_server_user_identities as identity
    where identity.organization_id = person.organization_id and identity.mcp_server_user_id = person.id
  ) as identities,
  person.first_seen_at,
  person.last_seen_at,
  person.profile_refreshed_at,
  person.blocked_at
from public.mcp_server_user as person;

revoke all on public.mcp_people from public, anon, authenticated, service_role;
grant select on public.mcp_people to authenticated;
