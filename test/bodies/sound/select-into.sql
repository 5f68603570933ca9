create table account (id integer primary key, name text, balance numeric);
create function f(who integer) returns text language plpgsql as $$
declare
  called text;
  worth numeric;
begin
  select name, balance into strict called, worth from account where id = who;
  return called || ': ' || worth;
exception
  when no_data_found then
    return 'nobody';
  when too_many_rows then
    raise exception 'account % is there twice', who;
end
$$;
insert into account values (1, 'a', 2);
-- run
select f(1);
select f(2);
