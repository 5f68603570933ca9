create table account (id integer primary key, name text, changed timestamptz);
create function stamp() returns trigger language plpgsql as $$
begin
  if new is distinct from old then
    new.changed := now();
  end if;
  if old.* is not distinct from new.* or row(new.*) = row(old.*) or to_jsonb(new) - 'changed' = to_jsonb(old) - 'changed' then
    return old;
  end if;
  perform pg_notify('account', row_to_json(new)::text);
  execute 'select $1.name, ($2).id' using new, old;
  return new;
end
$$;
create trigger stamp before update on account for each row when (old.* is distinct from new.*) execute function stamp();
insert into account values (1, 'a');
-- run
update account set name = 'b';
update account set name = 'b', changed = now();
