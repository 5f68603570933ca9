create table account (id integer primary key, name text);
create function stamp() returns trigger language plpgsql as $$
begin
  new.name := trim(new.name);
  new.changed_at := now(); -- fault: record "new" has no field "changed_at"
  return new;
end
$$;
create trigger stamp before insert or update on account for each row execute function stamp();
-- run
insert into account values (1, 'a');
