create function f() returns integer language plpgsql as $$
declare
  n integer;
begin
  execute 'selct 1' into n; -- fault: syntax error at or near "selct"
  return n;
end
$$;
-- run
select f();
