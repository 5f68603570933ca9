create function f() returns integer language plpgsql as $$
begin
  return next 1; -- fault: cannot use RETURN NEXT in a non-SETOF function
end
$$;
-- run
select f();
