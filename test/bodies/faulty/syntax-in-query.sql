create table account (id integer primary key, name text);
create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  select count(*) into n
  from account
  were id > 1; -- fault[id]: syntax error at or near "id"
  return n;
end
$$;
-- run
select f();
