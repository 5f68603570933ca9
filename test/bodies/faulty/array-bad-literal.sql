create function f() returns text[] language plpgsql as $$
declare
  names text[];
begin
  names := 'a,b'; -- fault: malformed array literal: "a,b"
  return names;
end
$$;
-- run
select f();
