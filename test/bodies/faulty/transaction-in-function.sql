create function f() returns void language plpgsql as $$
begin
  commit; -- fault: invalid transaction termination
end
$$;
-- run
select f();
