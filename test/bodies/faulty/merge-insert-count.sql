-- minimum: 15
create table account (id integer primary key, balance numeric);
create table payment (account_id integer, amount numeric);
create function f() returns void language plpgsql as $$
begin
  merge into account a
  using payment p on p.account_id = a.id
  when matched then
    do nothing
  when not matched then
    insert (id)
    values (p.account_id, p.amount); -- fault[p.amount]: INSERT has more expressions than target columns
end
$$;
-- run
select f();
