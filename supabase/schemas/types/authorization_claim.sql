-- authorization_claim: what claim_authorization_session answers.
create type public.authorization_claim as (
  outcome text,
  session_id text,
  request_id text,
  request_ciphertext text,
  redirect_uri text,
  client_id text,
  server jsonb,
  config jsonb
);
