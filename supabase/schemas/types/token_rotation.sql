-- token_rotation: a refresh token that was replaced, and its successor, sealed so that only that token opens it.
--
-- older_by says how much earlier its first use was than the moment it is
-- counted from: in mcp_proxy_tokens the family's rotated_at.
create type public.token_rotation as (
  refresh_hash text,
  successor_ciphertext text,
  older_by interval
);
