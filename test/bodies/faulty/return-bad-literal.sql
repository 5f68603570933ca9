create function f(a integer) returns boolean language plpgsql as $$
begin
  if a > 0 then
    return 'maybe'; -- fault: invalid input syntax for type boolean: "maybe"
  end if;
  return 'no';
end
$$;
-- run
select f(1);
