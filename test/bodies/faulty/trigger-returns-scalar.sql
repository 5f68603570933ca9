create table account (id integer primary key, name text);
create function note_it() returns trigger language plpgsql as $$
begin
  return true; -- fault: cannot return non-composite value from function returning composite type
end
$$;
create trigger note_it before insert on account for each row execute function note_it();
-- run
insert into account values (1, 'a');
