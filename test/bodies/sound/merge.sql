-- minimum: 15
create table account (id integer primary key, balance numeric);
create table payment (account_id integer, amount numeric);
create function f(lowest numeric) returns bigint language plpgsql as $$
declare
  n bigint;
begin
  merge into account a
  using (select account_id, sum(amount) as total from payment group by account_id) p on p.account_id = a.id
  when matched and p.total < lowest then
    delete
  when matched then
    update set balance = a.balance + p.total
  when not matched then
    insert (id, balance) values (p.account_id, p.total);
  get diagnostics n = row_count;
  return n;
end
$$;
insert into payment values (1, 2), (2, 3);
-- run
select f(1);
