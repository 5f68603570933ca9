create function first_one() returns integer language sql as $$ select 1 $$;
create function f() returns integer language plpgsql as $$
declare
  a integer default first_one();
  b integer not null default second_one(); -- fault[second_one]: function second_one() does not exist
begin
  return a + b;
end
$$;
-- run
select f();
