create function f(j jsonb) returns setof text language plpgsql as $$
begin
  return query
  select e ->> 'name'
  from json_array_elements(j) as e; -- fault[json_array_elements]: function json_array_elements(jsonb) does not exist
end
$$;
-- run
select f('[]');
