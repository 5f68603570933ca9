create table account (id integer primary key, name text);
create function f(n integer) returns text language plpgsql as $$
declare
  called text;
begin
  if n = 1 then
    select nmae into called from account; -- fault[nmae]: column "nmae" does not exist
  elsif n = 2 then
    select nmae into called from account; -- fault[nmae]: column "nmae" does not exist
  else
    select nmae into called from account; -- fault[nmae]: column "nmae" does not exist
  end if;
  return called;
end
$$;
-- run
select f(1);
select f(2);
select f(3);
