create table account (id integer primary key, name text);
create function f() returns table (a integer, b text, c date) language sql as $$
  select id, name from account -- fault: return type mismatch in function declared to return record
$$;
-- run
select f();
