create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  accounts cursor (least integer, most integer) for select id, name from account where id between least and most;
  any_cursor refcursor;
  plain scroll cursor for select * from account order by id;
  one record;
  who integer;
  called text;
  said text := '';
begin
  open accounts (1, most := 5);
  fetch accounts into who, called;
  close accounts;
  open accounts (most := 4, least := 2);
  fetch next from accounts into one;
  move accounts;
  close accounts;
  for one in accounts (1, 100) loop
    said := said || one.name;
  end loop;
  open plain;
  fetch last from plain into one;
  fetch relative -1 from plain into one;
  move backward all in plain;
  close plain;
  open any_cursor for select id from account;
  fetch any_cursor into who;
  while found loop
    fetch any_cursor into who;
  end loop;
  close any_cursor;
  open any_cursor for execute 'select name from account where id = $1' using 1;
  fetch any_cursor into called;
  close any_cursor;
  open any_cursor scroll for select name, id from account;
  fetch first in any_cursor into called, who;
  close any_cursor;
  return said || called;
end
$$;
insert into account values (1, 'a'), (2, 'b'), (3, 'c');
-- run
select f();
