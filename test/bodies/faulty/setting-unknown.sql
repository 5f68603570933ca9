create function f() returns void language plpgsql as $$
begin
  set local work_memory = '8MB'; -- fault: unrecognized configuration parameter "work_memory"
end
$$;
-- run
select f();
