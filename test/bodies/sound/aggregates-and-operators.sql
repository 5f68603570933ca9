create function plus_one(a integer, b integer) returns integer language plpgsql immutable as $$
begin
  return a + b + 1;
end
$$;
create aggregate sum_one(integer) (sfunc = plus_one, stype = integer, initcond = '0');
create operator |+| (leftarg = integer, rightarg = integer, function = plus_one);
create function f() returns integer language plpgsql as $$
begin
  return (select sum_one(g) from generate_series(1, 3) g) + (1 |+| 2) + (1 operator(public.|+|) 2);
end
$$;
-- run
select f();
