create table account (id integer primary key, name text);
create function keep() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    if old.name = 'kept' then
      return null;
    end if;
    return old;
  end if;
  return coalesce(new, old);
end
$$;
create trigger keep before insert or delete on account for each row execute function keep();
-- run
insert into account values (1, 'kept'), (2, 'x');
delete from account;
