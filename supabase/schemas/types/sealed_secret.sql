-- sealed_secret: what sealed_secrets lists.
create type public.sealed_secret as (
  id text,
  organization_id text,
  secret text,
  ciphertext text
);
