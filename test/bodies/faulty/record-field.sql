create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  one record;
  names text := '';
begin
  for one in select id, name from account loop
    names := names || one.nme; -- fault[one.nme]: record "one" has no field "nme"
  end loop;
  return names;
end
$$;
insert into account values (1, 'a');
-- run
select f();
