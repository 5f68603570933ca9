create table account (gone integer, id integer, also_gone text, name text);
alter table account drop column gone;
alter table account drop column also_gone;
create function f() returns setof account language plpgsql as $$
declare
  one account;
begin
  one.id := 1;
  insert into account select one.*;
  insert into account values (2, 'b') returning * into one;
  return next one;
  one := row(3, 'c');
  return next one;
  return query select * from account;
  for one in select * from account loop
    return next one;
  end loop;
end
$$;
-- run
select f();
