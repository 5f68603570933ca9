create table account (id integer primary key, name text);
create function merged(base anyelement, changes jsonb) returns anyelement language plpgsql as $$
begin
  return jsonb_populate_record(base, changes);
end
$$;
create function rows_of(what anyelement) returns setof anyelement language plpgsql as $$
begin
  return query execute format('select * from %s', pg_typeof(what));
end
$$;
create function f() returns text language plpgsql as $$
declare
  one account;
  said text := '';
begin
  one := merged(one, '{"id": 5, "name": "e"}');
  insert into account values (one.*);
  for one in select * from rows_of(null::account) loop
    said := said || one.name;
  end loop;
  return said;
end
$$;
-- run
select f();
