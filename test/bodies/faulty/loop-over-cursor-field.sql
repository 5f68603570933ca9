create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  accounts cursor (least integer) for select id, name from account where id >= least;
  names text := '';
begin
  for one in accounts (1) loop
    names := names || one.title; -- fault[one.title]: record "one" has no field "title"
  end loop;
  return names;
end
$$;
insert into account values (1, 'a');
-- run
select f();
