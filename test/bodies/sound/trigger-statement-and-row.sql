create table account (id integer primary key, name text);
create table seen (what text);
create function see() returns trigger language plpgsql as $$
begin
  if tg_level = 'ROW' then
    insert into seen values (new.name);
    return new;
  else
    insert into seen values (tg_op);
    return null;
  end if;
end
$$;
create trigger see_row before insert on account for each row execute function see();
create trigger see_all after insert or truncate on account for each statement execute function see();
-- run
insert into account values (1, 'a');
truncate account;
