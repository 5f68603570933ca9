create table account (id integer primary key, name text, closed boolean);
create function keep() returns trigger language plpgsql as $$
begin
  if new.closed then
    new.closed_at := now(); -- fault: record "new" has no field "closed_at"
  end if;
  return new;
end
$$;
create trigger keep before insert on account for each row execute function keep();
-- run
insert into account values (1, 'a', true);
