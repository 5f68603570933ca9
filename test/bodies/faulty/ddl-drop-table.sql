create function f() returns void language plpgsql as $$
begin
  drop table acount; -- fault: table "acount" does not exist
end
$$;
-- run
select f();
