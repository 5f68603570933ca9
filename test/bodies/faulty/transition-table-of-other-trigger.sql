create table account (id integer primary key, name text);
create function see() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    perform count(*) from added;
  else
    perform count(*) from removd; -- fault[removd]: relation "removd" does not exist
  end if;
  return null;
end
$$;
create trigger see_new after insert on account referencing new table as added for each statement execute function see();
create trigger see_old after delete on account referencing old table as removed for each statement execute function see();
-- run
insert into account values (1, 'a');
delete from account;
