create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  one record := null;
begin
  if who > 0 then
    select * into one from account where id = who;
  end if;
  if one is null then
    return 'none';
  end if;
  return one.name;
end
$$;
-- run
select f(0), f(1);
