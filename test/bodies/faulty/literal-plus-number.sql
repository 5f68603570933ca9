create function f(n integer) returns integer language plpgsql as $$
begin
  return n +
    'many'; -- fault['many']: invalid input syntax for type integer: "many"
end
$$;
-- run
select f(1);
