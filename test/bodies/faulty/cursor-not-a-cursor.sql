create function f(n integer) returns integer language plpgsql as $$
declare
  x integer;
begin
  fetch n into x; -- fault: variable "n" must be of type cursor or refcursor
  return x;
end
$$;
-- run
select f(1);
