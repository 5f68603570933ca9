create function f(a integer, b date) returns text language plpgsql as $$
declare
  s text;
begin
  s := case when a > 1 then
      a -- fault[a]: CASE types date and integer cannot be matched
    else b
    end;
  return s;
end
$$;
-- run
select f(1, '2026-01-01');
