create function f() returns void language plpgsql as $$
begin
  truncate acount; -- fault: relation "acount" does not exist
end
$$;
-- run
select f();
