create function f(n integer) returns integer language plpgsql as $$
declare
  i integer;
  total integer := 0;
begin
  for i in 1..n loop
    total := total + i;
  end loop;
  for i in reverse n..1 loop
    for j in 1..i loop
      total := total + j;
    end loop;
  end loop;
  i := total;
  return i;
end
$$;
-- run
select f(3);
