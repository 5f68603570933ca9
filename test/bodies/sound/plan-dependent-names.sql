create table setting (key text primary key, value text);
create function setting(what text) returns text language sql stable as $$ select value from setting where key = what $$;
create function f(setting text) returns text language plpgsql as $$
begin
  return coalesce(public.setting(setting), (select s.value from setting s where s.key = f.setting), 'none');
end
$$;
-- run
select f('a');
