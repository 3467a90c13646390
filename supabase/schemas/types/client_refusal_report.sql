-- client_refusal_report: what report_client_refusal answers.
create type public.client_refusal_report as (
  outcome text
);
