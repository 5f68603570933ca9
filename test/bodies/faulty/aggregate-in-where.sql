create table account (id integer primary key, balance numeric);
create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  select count(*) into n from account where sum(balance) > 0; -- fault[sum]: aggregate functions are not allowed in WHERE
  return n;
end
$$;
-- run
select f();
