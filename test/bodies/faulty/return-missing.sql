create function f(a integer) returns integer language plpgsql as $$
declare
  b integer;
begin -- or here
  b := a * 2;
end -- fault: control reached end of function without RETURN
$$;
-- run
select f(1);
