create type pair as (a integer, b text);
create function f(n integer) returns pair language plpgsql as $$
begin
  return row(n); -- fault: returned record type does not match expected record type
end
$$;
-- run
select f(1);
