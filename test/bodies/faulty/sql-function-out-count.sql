create table account (id integer primary key, name text);
create function f(out a integer, out b text, out c date) language sql as $$
  insert into account values (1, 'a') returning id, name -- fault: return type mismatch in function declared to return record
$$;
-- run
select f();
