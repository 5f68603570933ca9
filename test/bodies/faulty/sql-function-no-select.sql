create table account (id integer primary key, name text);
create function f() returns integer language sql as $$
  delete from account where id = 3 -- fault: return type mismatch in function declared to return integer
$$;
-- run
select f();
