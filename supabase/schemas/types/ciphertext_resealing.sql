-- ciphertext_resealing: what reseal_upstream_token and reseal_oauth_config answer.
create type public.ciphertext_resealing as (
  outcome text
);
