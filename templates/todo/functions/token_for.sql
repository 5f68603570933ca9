-- A JWT for a person, signed (HS256) with what postgrest.conf hands on as app.settings.jwt_secret.
create or replace function token_for(person uuid) returns text
  language plpgsql
  set search_path = ''
as $$
declare
  secret text := current_setting('app.settings.jwt_secret');
  claims json := json_build_object('role', 'authenticated', 'sub', person, 'exp', extract(epoch from now())::bigint + 86400);
  content text := public.base64url(convert_to('{"alg":"HS256","typ":"JWT"}', 'utf8')) || '.' || public.base64url(convert_to(claims::text, 'utf8'));
begin
  return content || '.' || public.base64url(public.hmac(content, secret, 'sha256'));
end
$$;

-- Nobody makes tokens for others: only sign_in() does, which runs as its owner.
revoke execute on function token_for(uuid) from public;
