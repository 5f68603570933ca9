create function f(a integer) returns void language plpgsql as $$
begin
  if a > 1 then
    return a; -- fault: RETURN cannot have a parameter in function returning void
  end if;
end
$$;
-- run
select f(1);
