create table account (id integer primary key, name text);
create table seen (id integer, n bigint);
create function count_them() returns trigger language plpgsql as $$
declare
  n bigint;
begin
  select count(*) into n from fresh;
  insert into seen values (new.id, n), (new.id, (select max(f.id) from fresh f where f.name is not null));
  return null;
end
$$;
create trigger count_them after insert on account referencing new table as fresh for each row execute function count_them();
-- run
insert into account values (1, 'a'), (2, 'b');
