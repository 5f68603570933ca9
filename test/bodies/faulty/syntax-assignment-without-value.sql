create function f(n integer) returns integer language plpgsql as $$
begin
  n := ; -- fault: assignment source returned 0 columns | syntax error
  return n;
end
$$;
-- run
select f(1);
