-- authorization_beginning: what begin_authorization answers.
create type public.authorization_beginning as (
  outcome text,
  server jsonb,
  client jsonb,
  provider_name text,
  account_prompt text
);
