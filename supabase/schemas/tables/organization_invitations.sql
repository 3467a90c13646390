-- organization_invitations: who has been asked to join an organization, by email address.
--
-- The person becomes a member by accepting. An invitation holds as long as whoever
-- sent it may send it: see find_open_invitation.

create table public.organization_invitations (
  id text primary key default public.new_id('inv_'),
  organization_id text not null references public.organizations (id) on delete cascade,
  email text not null,
  role text not null,
  invited_by uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '7 days',
  constraint address_is_invited_once unique (organization_id, email),
  constraint invitation_email_is_an_address check (
    email = lower(email) and char_length(email) <= 320 and email ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+$'
  ),
  constraint invitation_role_is_known check (role in ('owner', 'admin', 'member'))
);

comment on constraint invitation_email_is_an_address on public.organization_invitations is
  'email: an e-mail address of at most 320 characters';
comment on constraint invitation_role_is_known on public.organization_invitations is
  'role: owner, admin or member';

create index organization_invitations_by_email on public.organization_invitations (email);
create index organization_invitations_by_expiry on public.organization_invitations (expires_at);

alter table public.organization_invitations enable row level security;

create policy "Members read the invitations of their organizations"
  on public.organization_invitations for select to authenticated
  using (organization_id in (select public.organizations_of_platform_user()));

revoke all on public.organization_invitations from public, anon, authenticated, service_role;
grant select on public.organization_invitations to authenticated;
