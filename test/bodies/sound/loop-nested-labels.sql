create function f(n integer) returns integer language plpgsql as $$
<<whole>>
declare
  total integer := 0;
begin
  <<outer_one>>
  for i in 1..n loop
    <<inner_one>>
    for j in 1..n loop
      continue outer_one when j > i;
      exit whole when total > 100;
      total := total + inner_one.j * outer_one.i;
    end loop inner_one;
  end loop outer_one;
  whole.total := whole.total + f.n;
  return total;
end whole
$$;
-- run
select f(3);
