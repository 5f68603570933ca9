create type pair as (a bigint, b text);
create function f(n integer) returns pair language plpgsql as $$
begin
  if n > 1 then
    return row(n::bigint, 'more'::text);
  end if;
  return (n, 'less'::text); -- fault: returned record type does not match expected record type
end
$$;
-- run
select f(2);
select f(1);
