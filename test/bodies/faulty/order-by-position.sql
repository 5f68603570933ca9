create table account (id integer primary key, name text);
create function f() returns setof account language plpgsql as $$
begin
  return query
  select * from account
  order by 3; -- fault[3]: ORDER BY position 3 is not in select list
end
$$;
-- run
select f();
