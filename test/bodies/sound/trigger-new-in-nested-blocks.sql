create table account (id integer primary key, name text);
create function guard() returns trigger language plpgsql as $$
declare
  found_id integer;
begin
  begin
    select id into strict found_id from account where name = new.name and id <> new.id;
    raise exception 'name % is taken by %', new.name, found_id;
  exception
    when no_data_found then
      null;
  end;
  for found_id in select id from account where id > new.id loop
    exit when found_id > 10;
  end loop;
  if tg_op = 'UPDATE' and new.id <> old.id or new.name is null then
    raise exception 'refused';
  end if;
  return new;
end
$$;
create trigger guard before insert or update on account for each row execute function guard();
-- run
insert into account values (1, 'a');
update account set name = 'b';
