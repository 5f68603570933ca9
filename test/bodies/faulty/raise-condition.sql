create function f(a integer) returns integer language plpgsql as $$
begin
  if a < 0 then
    raise not_a_condition using message = 'negative'; -- fault: unrecognized exception condition "not_a_condition"
  end if;
  return a;
end
$$;
-- run
select f(1);
