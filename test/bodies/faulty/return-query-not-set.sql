create table account (id integer primary key, name text);
create function f() returns integer language plpgsql as $$
begin
  return query select id from account; -- fault: cannot use RETURN QUERY in a non-SETOF function
end
$$;
-- run
select f();
