-- member_address: the e-mail address of a member of an organization.
create type public.member_address as (
  user_id uuid,
  email text
);
