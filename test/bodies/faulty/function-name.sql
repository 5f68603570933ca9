create function f(a text) returns text language plpgsql as $$
begin
  if a is null then
    return null;
  end if;
  return uper(a); -- fault[uper]: function uper(text) does not exist
end
$$;
-- run
select f('x');
