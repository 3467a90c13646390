-- describe_oauth_config: a config as the functions receive it, ciphertext included.
--
-- Caller    the RPCs that start or finish an upstream request
-- Rights    invoker, granted to nobody
create function public.describe_oauth_config(p_config public.custom_oauth_configs)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object(
    'id', p_config.id,
    'organization_id', p_config.organization_id,
    'name', p_config.name,
    'issuer', p_config.issuer,
    'authorization_endpoint', p_config.authorization_endpoint,
    'token_endpoint', p_config.token_endpoint,
    'userinfo_endpoint', p_config.userinfo_endpoint,
    'jwks_uri', p_config.jwks_uri,
    'revocation_endpoint', p_config.revocation_endpoint,
    'emails_endpoint', p_config.emails_endpoint,
    'client_id', p_config.client_id,
    'client_secret_ciphertext', p_config.client_secret_ciphertext,
    'client_generation', p_config.client_generation,
    'token_endpoint_auth_method', p_config.token_endpoint_auth_method,
    'scopes', p_config.scopes,
    'authorization_parameters', p_config.authorization_parameters,
    'identity_source', p_config.identity_source,
    'subject_claim', p_config.subject_claim
  )
$$;

revoke all on function public.describe_oauth_config from public, anon, authenticated, service_role;
