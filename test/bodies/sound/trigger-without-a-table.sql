create function stamp() returns trigger language plpgsql as $$
begin
  new.changed_at := now();
  if new.id is distinct from old.id then
    raise exception 'id is not to be changed';
  end if;
  return new;
end
$$;
-- run
create table account (id integer primary key, changed_at timestamptz);
create trigger stamp before update on account for each row execute function stamp();
insert into account values (1);
update account set changed_at = null;
