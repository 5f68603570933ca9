create table account (id integer primary key, name text);
create function f(who integer) returns date language sql as $$
  select name from account where id = who -- fault: return type mismatch in function declared to return date
$$;
-- run
select f(1);
