create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  called text;
begin
  -- select nmae into called from account where id = who;
  /* select nmae into called from account where id = who; */
  called := 'select nmae into called from account where id = who;';
  select nmae into called from account where id = who; -- fault[nmae]: column "nmae" does not exist
  return called;
end
$$;
-- run
select f(1);
