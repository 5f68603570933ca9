create table account (id integer primary key, name text, balance numeric);
create table payment (account_id integer, amount numeric);
create function f() returns void language plpgsql as $$
begin
  update account a
  set balance = balance + p.amount
  from payment p
  where p.acount_id = a.id; -- fault[p.acount_id]: column p.acount_id does not exist
end
$$;
-- run
select f();
