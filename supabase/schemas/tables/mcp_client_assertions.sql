-- mcp_client_assertions: the client assertions that were accepted, so that each is good once.
--
-- A row is the SHA-256 of an assertion's id (jti) and stays until the
-- assertion has expired, an hour at most. It names its client without a
-- foreign key, so that an insert locks no client. slot is its place among those
-- of its client (use_client_assertion).
create table public.mcp_client_assertions (
  organization_id text not null,
  mcp_client_registration_id text not null,
  assertion_hash text not null,
  expires_at timestamptz not null,
  slot integer,
  constraint client_assertion_is_used_once primary key (mcp_client_registration_id, assertion_hash),
  constraint assertion_slot_is_taken_once unique (mcp_client_registration_id, slot),
  constraint client_assertion_is_a_sha256 check (char_length(assertion_hash) = 43)
);

create index mcp_client_assertions_by_expiry on public.mcp_client_assertions (expires_at);

-- No policy: a row says nothing to anybody.
alter table public.mcp_client_assertions enable row level security;

revoke all on public.mcp_client_assertions from public, anon, authenticated, service_role;
