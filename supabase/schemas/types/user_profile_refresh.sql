-- user_profile_refresh: what refresh_user_profile answers.
create type public.user_profile_refresh as (
  outcome text
);
