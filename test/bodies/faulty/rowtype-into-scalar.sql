create table account (id integer primary key, name text);
create function f() returns integer language plpgsql as $$
declare
  n integer;
begin
  n := a from account a limit 1; -- fault: invalid input syntax for type integer
  return n;
end
$$;
insert into account values (1, 'a');
-- run
select f();
