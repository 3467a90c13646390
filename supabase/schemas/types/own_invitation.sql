-- own_invitation: an invitation as the person who is invited sees it.
create type public.own_invitation as (
  id text,
  organization_name text,
  role text,
  expires_at timestamptz
);
