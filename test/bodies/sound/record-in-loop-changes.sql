create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  one record;
  said text := '';
begin
  for i in 1..2 loop
    if i = 1 then
      select 1 as a into one;
    else
      said := said || one.a;
      select 'x' as b into one;
      said := said || one.b;
    end if;
  end loop;
  return said;
end
$$;
-- run
select f();
