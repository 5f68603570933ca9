create table account (id integer primary key, balance numeric);
create table total (sum numeric);
create function add_up() returns trigger language plpgsql as $$
declare
  plus numeric := 0;
begin
  if tg_op = 'INSERT' then
    select sum(balance) into plus from added;
  elsif tg_op = 'UPDATE' then
    select sum(a.balance - r.balance) into plus from added a join removed r using (id);
  else
    select -sum(balance) into plus from removed;
  end if;
  update total set sum = sum + plus;
  return null;
end
$$;
create trigger add_new after insert on account referencing new table as added for each statement execute function add_up();
create trigger add_changed after update on account referencing new table as added old table as removed for each statement execute function add_up();
create trigger add_gone after delete on account referencing old table as removed for each statement execute function add_up();
-- run
insert into total values (0);
insert into account values (1, 2), (2, 3);
update account set balance = 7;
delete from account;
