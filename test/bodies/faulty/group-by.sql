create table account (id integer primary key, balance numeric, branch integer);
create function f() returns table (b integer, total numeric, one integer) language plpgsql as $$
begin
  return query
  select branch, sum(balance),
    id -- fault[id]: column "account.id" must appear in the GROUP BY clause
  from account
  group by branch;
end
$$;
-- run
select f();
