create table account (id integer primary key, name text);
create table seen (what text);
create function see() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' or new.name is distinct from old.name then
    insert into seen values (new.name);
  end if;
  if (tg_op = 'UPDATE' and old.name is not null) or tg_op = 'INSERT' then
    insert into seen select coalesce(case tg_op when 'UPDATE' then old.name end, new.name);
  end if;
  return new;
end
$$;
create trigger see before insert or update on account for each row execute function see();
-- run
insert into account values (1, 'a');
update account set name = 'b';
