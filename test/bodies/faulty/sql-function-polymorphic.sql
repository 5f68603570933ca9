create function first_of(list anyarray, at integer default 1) returns anyelement language sql as $$
  select list[att] -- fault[att]: column "att" does not exist
$$;
-- run
select first_of(array[1, 2]);
