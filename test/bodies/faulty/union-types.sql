create table account (id integer primary key, opened date);
create function f() returns setof integer language plpgsql as $$
begin
  return query
  select id from account
  union all
  select opened -- fault[opened]: UNION types integer and date cannot be matched
  from account;
end
$$;
-- run
select f();
