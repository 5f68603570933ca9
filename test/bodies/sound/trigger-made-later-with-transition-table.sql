create table account (id integer primary key, name text);
create function count_new() returns trigger language plpgsql as $$
begin
  raise notice '%', (select count(*) from newly_made);
  return null;
end
$$;
-- run
create trigger count_new after insert on account referencing new table as newly_made for each statement execute function count_new();
insert into account values (1, 'a');
