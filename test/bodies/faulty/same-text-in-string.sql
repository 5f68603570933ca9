create function f(a text) returns text language plpgsql as $$
declare
  b text;
begin
  b := 'uper(a)'; -- uper(a)
  b := b || $q$ uper(a) $q$ || /* uper(a) /* uper(a) */ */ '
    uper(a) ' || "uper"(a); -- fault["uper"]: function uper(text) does not exist
  return b;
end
$$;
-- run
select f('x');
