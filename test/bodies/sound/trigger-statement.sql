create table account (id integer primary key, name text);
create table seen (what text, at timestamptz default now());
create function saw() returns trigger language plpgsql as $$
begin
  insert into seen (what) values (tg_when || tg_level || tg_relid::regclass || tg_name);
  return null;
end
$$;
create trigger saw after insert or truncate on account for each statement execute function saw();
-- run
insert into account values (1, 'a');
truncate account;
