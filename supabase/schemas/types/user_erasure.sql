-- user_erasure: what erase_mcp_server_user answers: a receipt that says what was erased, and not whose it was.
create type public.user_erasure as (
  outcome text,
  receipt jsonb
);
