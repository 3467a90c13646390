-- issuer_move: what move_oauth_config_issuer answers.
--
-- people is how many identities move, conflicts how many of their subjects are
-- known at the new issuer as somebody else.
create type public.issuer_move as (
  outcome text,
  id text,
  people integer,
  conflicts integer,
  reason text,
  argument text,
  expected text
);
