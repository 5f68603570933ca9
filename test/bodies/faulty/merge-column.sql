-- minimum: 15
create table account (id integer primary key, balance numeric);
create table payment (account_id integer, amount numeric);
create function f() returns void language plpgsql as $$
begin
  merge into account a
  using payment p on p.account_id = a.id
  when matched then
    update set balance = a.balance + p.amonut -- fault[p.amonut]: column p.amonut does not exist
  when not matched then
    insert values (p.account_id, p.amount);
end
$$;
-- run
select f();
