create function f(a integer, b integer) returns integer language plpgsql as $$
declare
  result integer;
begin
  <<try_it>>
  begin
    result := a / b;
  exception
    when division_by_zero then
      begin
        result := a / (b + 1);
      exception
        when others then
          result := -1;
      end;
  end try_it;
  return result;
end
$$;
-- run
select f(1, 0), f(1, -1), f(6, 2);
