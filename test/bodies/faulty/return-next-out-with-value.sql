create function f(out a integer, out b integer) returns setof record language plpgsql as $$
begin
  a := 1;
  b := 2;
  return next a; -- fault: RETURN NEXT cannot have a parameter in function with OUT parameters
end
$$;
-- run
select f();
