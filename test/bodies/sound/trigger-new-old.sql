create table account (id integer primary key, name text, changed timestamptz, changes integer default 0);
create table history (account_id integer, was text, became text, what text);
create function remember() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    insert into history values (old.id, old.name, null, tg_op);
    return old;
  elsif tg_op = 'UPDATE' then
    insert into history values (old.id, old.name, new.name, tg_op);
    new.changes := old.changes + 1;
  end if;
  new.changed := clock_timestamp();
  return new;
end
$$;
create trigger remember before insert or update or delete on account for each row execute function remember();
-- run
insert into account values (1, 'a');
update account set name = 'b';
delete from account;
