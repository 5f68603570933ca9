create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  called text;
  n bigint;
begin
  select into called name from account where id = who;
  select count(*) from account into n;
  select
    into strict n
    count(*) + 1 from account;
  return called || n;
end
$$;
-- run
select f(1);
