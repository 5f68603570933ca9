create type pair as (a integer, b text);
create function f(n integer) returns pair language plpgsql as $$
begin
  if n > 1 then
    return (n, 'more'::text);
  elsif n = 1 then
    return row(1, 'one')::pair;
  end if;
  return null;
end
$$;
-- run
select f(1), f(2), f(0);
