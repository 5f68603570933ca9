create table account (id integer generated always as identity, name text);
create view shown as select id, upper(name) as title from account;
create function write_shown() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into account (name) values (new.title) returning id into new.id;
  else
    update account set name = new.title where id = old.id;
  end if;
  return new;
end
$$;
create trigger write_shown instead of insert or update on shown for each row execute function write_shown();
-- run
insert into shown (title) values ('x');
update shown set title = 'y';
