create function first_of(list anyarray) returns anyelement language plpgsql as $$
begin
  return lst[1]; -- fault[lst]: column "lst" does not exist
end
$$;
-- run
select first_of(array[1]);
