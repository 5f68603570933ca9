create table account (id integer primary key, name text, opened date);
create function f() returns text language plpgsql as $$
declare
  last_one record;
  one record;
  said text := '';
begin
  for one in select id, name from account order by id loop
    if last_one is not null then
      said := said || last_one.name;
    end if;
    last_one := one;
  end loop;
  return said;
end
$$;
insert into account values (1, 'a'), (2, 'b');
-- run
select f();
