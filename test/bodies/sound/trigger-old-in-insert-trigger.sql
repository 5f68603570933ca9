create table account (id integer primary key, name text);
create function keep() returns trigger language plpgsql as $$
begin
  if new.name is null then
    new.name := old.name;
  end if;
  return new;
end
$$;
create trigger keep before insert on account for each row execute function keep();
-- run
insert into account values (1, null);
