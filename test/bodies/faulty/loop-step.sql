create function f(n integer) returns integer language plpgsql as $$
begin
  for i in 1..n by 0 loop -- fault: BY value of FOR loop must be greater than zero
    return i;
  end loop;
  return n;
end
$$;
-- run
select f(1);
