create table account (id integer primary key, name text);
create function f(tab regclass, who integer) returns text language plpgsql as $$
declare
  called text;
begin
  execute format('select name from %s where id = $1', tab)
  into called
  using whom; -- fault[whom]: column "whom" does not exist
  return called;
end
$$;
-- run
select f('account', 1);
