create table account (id integer generated always as identity, name text);
create function f() returns text language plpgsql as $$
declare
  made record;
  was record;
begin
  insert into account (name) values ('a') returning * into made;
  update account set name = made.name || '!' where id = made.id returning id, name as called into was;
  delete from account where id = was.id returning name, now() as at into made;
  return was.called || made.name || made.at;
end
$$;
-- run
select f();
