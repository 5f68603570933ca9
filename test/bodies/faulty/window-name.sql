create table account (id integer primary key, balance numeric, branch integer);
create function f() returns setof bigint language plpgsql as $$
begin
  return query
  select rank() over wnd -- fault[wnd]: window "wnd" does not exist
  from account
  window w as (partition by branch order by balance);
end
$$;
-- run
select f();
