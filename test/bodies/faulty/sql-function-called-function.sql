create function f(a integer) returns integer language sql as $$
  select g(a)
    + 1 -- not here
$$;
create function g(a integer) returns integer language sql as $$
  select a + h(a) -- fault[h]: function h(integer) does not exist
$$;
-- run
select f(1);
