create function f(called text) returns integer language plpgsql as $$
declare
  n integer;
begin
  execute format('create temp table %I (id integer) on commit drop', called);
  execute format('insert into %I values ($1)', called) using 3;
  execute format('select max(id) from %I', called) into n;
  return n;
end
$$;
-- run
select f('my scratch');
