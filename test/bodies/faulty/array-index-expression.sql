create function f(a integer[]) returns integer[] language plpgsql as $$
begin
  a[place] := 1; -- fault[place]: column "place" does not exist
  return a;
end
$$;
-- run
select f('{1}');
