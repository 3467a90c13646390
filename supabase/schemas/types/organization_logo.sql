-- organization_logo: what find_organization_logo answers. image is in base64.
create type public.organization_logo as (
  outcome text,
  media_type text,
  image text
);
