create function f() returns void language plpgsql as $$
begin
  refresh materialized view counts; -- fault: relation "counts" does not exist
end
$$;
-- run
select f();
