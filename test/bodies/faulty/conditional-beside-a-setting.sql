create table account (id integer primary key, name text, tenant text);
create function f(who integer) returns text language plpgsql as $$
declare
  mine text := current_setting('app.tenant', true);
begin
  if who > 0 then
    return (select a.nmae from account a where a.id = who and a.tenant = mine); -- fault[a.nmae]: column a.nmae does not exist
  end if;
  return null;
end
$$;
-- run
select f(1);
