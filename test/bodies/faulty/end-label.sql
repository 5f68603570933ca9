create function f(n integer) returns integer language plpgsql as $$
begin
  <<first>>
  for i in 1..n loop
    raise notice '%', i;
  end loop second; -- fault: end label "second" differs from block's label "first"
  return n;
end
$$;
-- run
select f(1);
