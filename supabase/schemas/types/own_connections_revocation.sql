-- own_connections_revocation: what revoke_own_connections answers.
--
-- upstream_tokens is a list of what is to be revoked at the provider, each with
-- the fields of token_revocation that say so.
create type public.own_connections_revocation as (
  outcome text,
  family_ids text[],
  upstream_tokens jsonb
);
