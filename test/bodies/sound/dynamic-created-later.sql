create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  execute 'create table later (x integer)';
  execute 'insert into later values (1), (2)';
  execute 'select count(*) from later' into n;
  execute 'drop table later';
  return n;
end
$$;
-- run
select f();
