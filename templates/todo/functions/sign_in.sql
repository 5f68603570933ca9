-- Who knows the password gets a token, good for a day. Over HTTP: POST /rpc/sign_in {"name": "ada", "password": "…"}
create or replace function sign_in(name text, password text) returns json
  language plpgsql
  -- it reads hashes of passwords, which whoever calls it may not
  security definer
  set search_path = ''
as $$
declare
  person uuid := (
    select p.id from public.people p
    where p.name = sign_in.name and p.password = public.crypt(sign_in.password, p.password)
  );
begin
  if person is null then
    -- PostgREST answers 401
    raise sqlstate 'PT401' using message = 'wrong name or password';
  end if;
  return json_build_object('token', public.token_for(person), 'name', sign_in.name);
end
$$;
