-- minimum: 18
create table account (id integer primary key, balance numeric);
create function f(who integer, plus numeric) returns numeric language plpgsql as $$
declare
  was numeric;
  is_now numeric;
begin
  update account set balance = balance + plus where id = who returning old.balance, new.balance into was, is_now;
  return is_now - was;
end
$$;
-- run
select f(1, 2);
