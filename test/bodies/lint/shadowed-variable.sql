create function f(n integer) returns integer language plpgsql as $$
declare
  total integer := 1;
begin
  declare
    total integer := 2; -- warning: shadowed-variable
  begin
    n := n + total;
  end;
  return n + total;
end
$$;
-- run
select f(1);
