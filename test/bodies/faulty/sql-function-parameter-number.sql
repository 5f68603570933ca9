create table account (id integer primary key, name text);
create function f(integer) returns text language sql as $$
  select name from account
  where id = $1 or name = $2 -- fault[$2]: there is no parameter $2
$$;
-- run
select f(1);
