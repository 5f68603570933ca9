-- minimum: 17
create table doc (id integer primary key, body jsonb);
create function f(q jsonb) returns text language plpgsql as $$
declare
  one record;
  said text := '';
begin
  for one in select jt.* from json_table(q, '$.items[*]' columns (nr for ordinality, id integer path '$.id', name text path '$.name' default 'x' on empty)) jt loop
    said := said || one.nr || one.id || one.name;
    insert into doc values (one.id, json_object('name': one.name returning jsonb));
  end loop;
  return said || json_value(q, '$.a' returning text default 'none' on empty) || (q is json object) || json_exists(q, '$.b');
end
$$;
-- run
select f('{"items": [{"id": 1}]}');
