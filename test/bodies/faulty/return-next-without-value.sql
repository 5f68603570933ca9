create function f() returns setof integer language plpgsql as $$
begin
  return next; -- fault: missing expression at or near ";" | syntax error
end
$$;
-- run
select f();
