create table account (id integer primary key, name text);
create function f() returns void language plpgsql as $$
begin
  update account
  set name := 'a'; -- fault[:=]: syntax error at or near ":="
end
$$;
-- run
select f();
