create table account (id integer primary key, name text);
create function keep() returns trigger language plpgsql as $$
begin
  raise notice 'gone: %', new.id;
  return old;
end
$$;
create trigger keep before delete on account for each row execute function keep();
insert into account values (1, 'a');
-- run
delete from account;
