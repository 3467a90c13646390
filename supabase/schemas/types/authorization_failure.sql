-- authorization_failure: what fail_authorization_session answers.
create type public.authorization_failure as (
  outcome text
);
