create table account (id integer primary key, name text);
create table payment (id integer primary key, amount numeric);
create function f(which integer) returns text language plpgsql as $$
declare
  one record;
begin
  if which = 1 then
    select * into one from account;
  else
    select * into one from payment;
  end if;
  return one.id || one.titel; -- fault[one.titel]: record "one" has no field "titel"
end
$$;
insert into account values (1, 'a');
-- run
select f(1);
