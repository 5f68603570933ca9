create table account (id integer primary key, balance numeric);
create table payment (account_id integer, amount numeric);
create function f() returns setof numeric language plpgsql as $$
begin
  return query
  select last.amount
  from account a, (
    select p.amount from payment p
    where p.account_id = a.id -- fault[a.id]: invalid reference to FROM-clause entry for table "a"
    limit 1
  ) last;
end
$$;
-- run
select f();
