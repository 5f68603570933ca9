create table account (id integer primary key, name text);
create function f() returns setof account language sql as $$
  select name, id from account -- fault: return type mismatch in function declared to return account
$$;
-- run
select f();
