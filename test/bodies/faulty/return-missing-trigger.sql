create table account (id integer primary key, changed timestamptz);
create function stamp() returns trigger language plpgsql as $$
begin -- or here
  new.changed := now();
end; -- fault: control reached end of trigger procedure without RETURN
$$;
create trigger stamp before insert on account for each row execute function stamp();
-- run
insert into account values (1);
