create function f(n integer) returns integer language plpgsql as $$
declare
  rate constant integer := 3;
begin
  rate := n; -- fault: variable "rate" is declared CONSTANT
  return rate;
end
$$;
-- run
select f(1);
