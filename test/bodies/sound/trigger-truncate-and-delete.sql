create table account (id integer primary key, name text);
create table seen (what text);
create function see() returns trigger language plpgsql as $$
begin
  case tg_op
    when 'TRUNCATE' then
      insert into seen values ('all');
    when 'DELETE' then
      insert into seen values (old.name);
    else
      insert into seen values (new.name || coalesce(old.name, ''));
  end case;
  return null;
end
$$;
create trigger see_row after delete or update on account for each row execute function see();
create trigger see_all after truncate on account for each statement execute function see();
-- run
insert into account values (1, 'a'), (2, 'b');
update account set name = 'c' where id = 1;
delete from account where id = 2;
truncate account;
