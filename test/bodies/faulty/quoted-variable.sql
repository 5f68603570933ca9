create function f() returns integer language plpgsql as $$
declare
  "Total" integer := 0;
begin
  "Total" := "Total" + 1;
  return Total; -- fault[Total]: column "total" does not exist
end
$$;
-- run
select f();
