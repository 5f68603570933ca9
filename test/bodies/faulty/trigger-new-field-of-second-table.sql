create table account (id integer primary key, name text, changed_at timestamptz);
create table payment (id integer primary key, amount numeric);
create function stamp() returns trigger language plpgsql as $$
begin
  new.changed_at := now(); -- fault: record "new" has no field "changed_at"
  return new;
end
$$;
create trigger stamp before insert or update on account for each row execute function stamp();
create trigger stamp before insert or update on payment for each row execute function stamp();
-- run
insert into account values (1, 'a');
insert into payment values (1, 2);
