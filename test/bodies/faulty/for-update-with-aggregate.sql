create table account (id integer primary key, name text);
create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  select count(*) into n from account for update; -- fault: FOR UPDATE is not allowed with aggregate functions
  return n;
end
$$;
-- run
select f();
