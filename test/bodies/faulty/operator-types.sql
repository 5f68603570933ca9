create table account (id integer primary key, opened date, name text);
create function f(n integer) returns integer language plpgsql as $$
declare
  c integer;
begin
  select count(*) into c
  from account
  where id > 0
    and name > n; -- fault[>]: operator does not exist: text > integer
  return c;
end
$$;
-- run
select f(1);
