create table account (id integer primary key, balance numeric);
create function f(who integer) returns numeric language plpgsql as $$
declare
  balance numeric := 0;
begin
  update account
  set balance = balance + 1 -- fault[balance + 1]: column reference "balance" is ambiguous
  where id = who;
  return balance;
end
$$;
-- run
select f(1);
