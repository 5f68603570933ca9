create function f(who integer) returns integer language plpgsql as $$
declare
  a integer;
  b intger := 1; -- fault: type "intger" does not exist
begin
  return a + b;
end
$$;
-- run
select f(1);
