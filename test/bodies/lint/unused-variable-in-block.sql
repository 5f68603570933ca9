create function f(n integer) returns integer language plpgsql as $$
begin
  declare
    forgotten integer := 3; -- warning: unused-variable
  begin
    return n;
  end;
end
$$;
-- run
select f(1);
