create table account (id integer primary key, name text, opened date);
create function f() returns integer language plpgsql as $$
declare
  p point;
begin
  select opened into p from account; -- fault: invalid input syntax for type point
  return 1;
end
$$;
insert into account values (1, 'a', '2026-01-01');
-- run
select f();
