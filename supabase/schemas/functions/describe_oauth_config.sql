-- describe_oauth_config: a config as the functions receive it: its columns but the bookkeeping, the ciphertext included.
--
-- A new setting is a new column and reaches the functions without a change here.
--
-- Caller    the RPCs that start or finish an upstream request
-- Rights    invoker, granted to nobody
create function public.describe_oauth_config(p_config public.custom_oauth_configs)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return to_jsonb(p_config) - array[
    'owner_id', 'client_refused_at', 'client_refused_reason', 'created_at', 'updated_at', 'disabled_at'
  ];
end
$$;

revoke all on function public.describe_oauth_config from public, anon, authenticated, service_role;
