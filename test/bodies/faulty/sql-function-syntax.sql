create table account (id integer primary key, name text);
create function f() returns text language sql as $$
  select name
  form account -- fault[account]: syntax error at or near "account"
$$;
-- run
select f();
