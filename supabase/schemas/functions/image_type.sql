-- image_type: which kind of image bytes are, by the signature that they begin with.
--
-- PNG, JPEG and WebP alone. SVG is a document that can hold scripts, and has no signature.
--
-- Caller    a check constraint; find_organization_logo
-- Rights    invoker, granted to nobody
-- Returns   the media type, or null for anything else
create function public.image_type(p_image bytea)
returns text
language sql
immutable
parallel safe
set search_path = ''
as $$
  select case
    when substring(p_image from 1 for 8) = '\x89504e470d0a1a0a' then 'image/png'
    when substring(p_image from 1 for 3) = '\xffd8ff' then 'image/jpeg'
    when substring(p_image from 1 for 4) = '\x52494646' and substring(p_image from 9 for 4) = '\x57454250'
      then 'image/webp'
  end
$$;

revoke all on function public.image_type from public, anon, authenticated, service_role;
