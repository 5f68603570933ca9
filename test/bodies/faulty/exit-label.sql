create function f(n integer) returns integer language plpgsql as $$
declare
  total integer := 0;
begin
  <<outer_loop>>
  for i in 1..n loop
    for j in 1..n loop
      exit outter_loop when j > i; -- fault: there is no label "outter_loop" attached to any block or loop enclosing this statement
      total := total + 1;
    end loop;
  end loop;
  return total;
end
$$;
-- run
select f(1);
