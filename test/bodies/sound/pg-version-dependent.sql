create function f() returns text language plpgsql as $$
begin
  if current_setting('server_version_num')::integer >= 140000 then
    return 'new';
  else
    return 'old';
  end if;
end
$$;
-- run
select f();
