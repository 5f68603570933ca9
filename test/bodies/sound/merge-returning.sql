-- minimum: 17
create table account (id integer primary key, balance numeric);
create function f(who integer, plus numeric) returns text language plpgsql as $$
declare
  what text;
  now_is numeric;
begin
  merge into account a
  using (values (who, plus)) p (id, amount) on p.id = a.id
  when matched then
    update set balance = a.balance + p.amount
  when not matched then
    insert values (p.id, p.amount)
  returning merge_action(), a.balance into what, now_is;
  return what || now_is;
end
$$;
-- run
select f(1, 2), f(1, 3);
