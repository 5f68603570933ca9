create table account (id integer primary key, name text);
create function f(account_id integer, at date) returns text language sql as $$
  select name from account
  where id = at -- fault[=]: operator does not exist: integer = date
$$;
-- run
select f(1, '2026-01-01');
