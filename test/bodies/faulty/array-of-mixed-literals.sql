create function f() returns integer[] language plpgsql as $$
begin
  return array[1, 'two']; -- fault['two']: invalid input syntax for type integer: "two"
end
$$;
-- run
select f();
