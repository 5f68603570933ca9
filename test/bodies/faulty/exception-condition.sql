create function f(a integer) returns integer language plpgsql as $$
begin
  return 1 / a;
exception
  when division_by_zero then
    return 0;
  when divide_by_zero then -- fault: unrecognized exception condition "divide_by_zero"
    return 1;
end
$$;
-- run
select f(1);
