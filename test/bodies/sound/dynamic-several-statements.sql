create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  execute 'create temp table a (x integer) on commit drop; insert into a values (1), (2)';
  execute 'select count(*) from a' into n;
  return n;
end
$$;
-- run
select f();
