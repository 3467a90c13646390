-- mcp_call_recording: what record_mcp_calls answers. recorded and left_out are numbers of elements.
create type public.mcp_call_recording as (
  outcome text,
  recorded integer,
  left_out integer
);
