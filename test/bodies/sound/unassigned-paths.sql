create table account (id integer primary key, name text);
create function f(n integer) returns text language plpgsql as $$
declare
  one record;
begin
  for i in 1..n loop
    select id, name into one from account where id = i;
  end loop;
  if n > 0 then
    return one.name;
  end if;
  return 'none';
end
$$;
-- run
select f(1), f(0);
