create function f(n integer) returns integer language plpgsql as $$
declare
  a integer := 0;
  b integer := 1;
  c integer;
begin
  while n > 0 loop
    c := a + b;
    a := b;
    b := c;
    n := n - 1;
  end loop;
  return a;
end
$$;
-- run
select f(10);
