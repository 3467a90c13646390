-- client_secret_reading: what read_client_secret answers.
create type public.client_secret_reading as (
  outcome text,
  client_secret_ciphertext text
);
