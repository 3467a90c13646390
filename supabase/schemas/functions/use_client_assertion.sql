-- use_client_assertion: accepts a client's assertion, once.
--
-- The caller has checked its signature and its claims. What is remembered is
-- remembered in the transaction of what the assertion is for: where that fails
-- for a reason of the moment the assertion is as good as before, so that a
-- client that sends the same request again is not refused. Where it was
-- answered, and the answer was lost, the client has to sign a new one: the
-- same assertion twice is what a thief would send.
--
-- Growth is bounded: a client that no login has used holds 20 assertions at a
-- time, any other 10,000 (row_bounds). Those that have expired go first.
--
-- Caller    authenticate_mcp_client
-- Rights    invoker, granted to nobody
-- Locks     the assertion; expired ones nobody else holds
-- Outcomes  authenticated | assertion_replayed | assertion_expired | too_many_assertions
create function public.use_client_assertion(
  p_client public.mcp_client_registrations,
  p_assertion_hash text,
  p_assertion_expires_at timestamptz
)
returns text
language plpgsql
set search_path = ''
as $$
declare
  v_bound public.row_bounds;
begin
  if p_assertion_expires_at <= now() then
    return 'assertion_expired';
  end if;

  delete from public.mcp_client_assertions as assertion
  where assertion.ctid = any (array(
    select expired.ctid from public.mcp_client_assertions as expired
    where expired.expires_at < now()
    order by expired.expires_at
    limit 10
    for update skip locked
  ));
  if exists (
    select from public.mcp_client_assertions as held
    where held.mcp_client_registration_id = p_client.id and held.assertion_hash = p_assertion_hash
  ) then
    return 'assertion_replayed';
  end if;

  select * into strict v_bound
  from public.row_bounds as bound
  where bound.kind = case
    when p_client.first_used_at is null then 'assertion of an unused client' else 'assertion'
  end;
  if p_client.first_used_at is null and exists (
    select from public.mcp_client_assertions as held
    where held.mcp_client_registration_id = p_client.id
    offset v_bound.of_source - 1
  ) then
    return 'too_many_assertions';
  end if;

  -- Of a used client one of eight places that are drawn: counting would cost the more the more assertions there are.
  for v_draw in 1..8 loop
    insert into public.mcp_client_assertions
      (organization_id, mcp_client_registration_id, assertion_hash, expires_at, slot)
    values
      (p_client.organization_id, p_client.id, p_assertion_hash, p_assertion_expires_at,
       case when p_client.first_used_at is not null then floor(random() * v_bound.of_source)::integer end)
    on conflict do nothing;
    if found then
      return 'authenticated';
    end if;
    if exists (
      select from public.mcp_client_assertions as held
      where held.mcp_client_registration_id = p_client.id and held.assertion_hash = p_assertion_hash
    ) then
      return 'assertion_replayed';
    end if;
  end loop;
  return 'too_many_assertions';
end
$$;

revoke all on function public.use_client_assertion from public, anon, authenticated, service_role;
