create procedure p(a integer) language plpgsql as $$
begin
  if a > 1 then
    return 1; -- fault: RETURN cannot have a parameter in a procedure
  end if;
end
$$;
-- run
call p(1);
