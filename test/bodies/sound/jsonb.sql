create function f(j jsonb) returns text language plpgsql as $$
declare
  k text;
  v jsonb;
  item jsonb;
  said text := '';
begin
  for k, v in select * from jsonb_each(j) loop
    said := said || k || (v #>> '{}');
  end loop;
  for item in select jsonb_array_elements(j -> 'items') loop
    said := said || coalesce(item ->> 'name', '');
  end loop;
  j['added'] := '1';
  j['deep']['er'] := to_jsonb(said);
  j := j || jsonb_build_object('x', 1) - 'y';
  j := jsonb_set(j, '{a,b}', '[]', true);
  if j ? 'x' and j @> '{"x": 1}' and j #>> '{deep,er}' is not null and jsonb_path_exists(j, '$.x ? (@ == 1)') then
    return (j ->> 'x')::integer + (j -> 'added')::integer;
  end if;
  return said;
end
$$;
-- run
select f('{"items": [{"name": "a"}], "b": "c"}');
