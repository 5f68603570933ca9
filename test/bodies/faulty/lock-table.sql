create function f() returns void language plpgsql as $$
begin
  lock table acount in share mode; -- fault: relation "acount" does not exist
end
$$;
-- run
select f();
