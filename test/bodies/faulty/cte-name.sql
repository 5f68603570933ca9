create table account (id integer generated always as identity, name text);
create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  with recursive up as (
    select 1 as n
    union all
    select u.n + 1 from ups u where u.n < 5 -- fault[ups]: relation "ups" does not exist
  )
  select max(up.n) into n from up;
  return n;
end
$$;
-- run
select f();
