create table account (id integer primary key, name text);
create table seen (what text);
create function see() returns trigger language plpgsql as $$
begin
  insert into seen values (new.name);
  return null;
end
$$;
create trigger see after insert on account for each statement execute function see();
-- run
insert into account values (1, 'a');
