create table account (id integer primary key, name text);
create function f(name text) returns integer language plpgsql as $$
#variable_conflict use_column
declare
  n integer;
begin
  select count(*) into n
  from account
  where name = nam; -- fault[nam]: column "nam" does not exist
  return n;
end
$$;
-- run
select f('a');
