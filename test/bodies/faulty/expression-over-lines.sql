create function f(a integer, b integer) returns integer language plpgsql as $$
declare
  c integer :=
    a
    + b
    + d; -- fault[d]: column "d" does not exist
begin
  return c;
end
$$;
-- run
select f(1, 2);
