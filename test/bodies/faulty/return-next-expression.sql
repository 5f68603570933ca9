create function f(n integer) returns setof integer language plpgsql as $$
begin
  for i in 1..n loop
    return next i * factor; -- fault[factor]: column "factor" does not exist
  end loop;
end
$$;
-- run
select f(1);
