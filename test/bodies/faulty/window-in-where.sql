create table account (id integer primary key, balance numeric);
create function f() returns setof integer language plpgsql as $$
begin
  return query
  select id from account
  where row_number() over (order by balance) < 10; -- fault[row_number]: window functions are not allowed in WHERE
end
$$;
-- run
select f();
