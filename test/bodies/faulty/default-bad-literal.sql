create function f() returns date language plpgsql as $$
declare
  since date := '2026-13-01'; -- fault: date/time field value out of range: "2026-13-01"
begin
  return since;
end
$$;
-- run
select f();
