create function f() returns setof integer language plpgsql as $$
begin
  return next 1;
  return 2; -- fault: RETURN cannot have a parameter in function returning set
end
$$;
-- run
select f();
