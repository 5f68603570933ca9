create function f() returns integer language plpgsql as $outer$
declare
  n integer;
begin
  create or replace function pg_temp.inner_one(a integer) returns integer language plpgsql as $inner$
  begin
    return a + 1;
  end
  $inner$;
  n := pg_temp.inner_one(1);
  do $do$ begin perform 1; end $do$;
  return n;
end
$outer$;
-- run
select f();
