create function f(a integer, out b integer, out c integer) language plpgsql as $$
begin
  b := a;
  c := a + 1;
  return b; -- fault: RETURN cannot have a parameter in function with OUT parameters
end
$$;
-- run
select f(1);
