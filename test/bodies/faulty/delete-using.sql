create table account (id integer primary key, name text);
create table closed (account_id integer);
create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  delete from account a
  using close c -- fault[close]: relation "close" does not exist
  where c.account_id = a.id;
  get diagnostics n = row_count;
  return n;
end
$$;
-- run
select f();
