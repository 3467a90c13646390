-- authorization_opening: what open_authorization_session answers.
create type public.authorization_opening as (
  outcome text,
  config jsonb
);
