create type pair as (a integer, b text);
create function f(list pair[]) returns pair[] language plpgsql as $$
begin
  list[1].a := 1;
  list[1].c := 2; -- fault: cannot assign to field "c"
  return list;
end
$$;
-- run
select f(null);
