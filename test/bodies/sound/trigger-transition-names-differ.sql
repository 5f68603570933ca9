create table account (id integer primary key, name text);
create table payment (id integer primary key, amount numeric);
create table gone (what text);
create function bury() returns trigger language plpgsql as $$
begin
  insert into gone select tg_table_name || ' ' || old_table.id from old_table;
  return null;
end
$$;
create trigger bury after delete on account referencing old table as old_table for each statement execute function bury();
create trigger bury after delete on payment referencing old table as old_table for each statement execute function bury();
create function bury_row() returns trigger language plpgsql as $$
begin
  insert into gone values (old.id::text);
  return old;
end
$$;
create trigger bury_row before delete on payment for each row execute function bury_row();
-- run
insert into account values (1, 'a');
delete from account;
insert into payment values (1, 2);
delete from payment;
