create function f(n integer) returns integer language plpgsql as $$
begin
  return (n + 1; -- fault: mismatched parentheses at or near ";"
end
$$;
-- run
select f(2);
