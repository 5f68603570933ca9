create function clamp(v anyelement, low anyelement, high anyelement) returns anyelement language plpgsql as $$
begin
  if v < low then
    return low;
  end if;
  return least(v, high);
end
$$;
create function position_of(list anyarray, x anyelement) returns integer language plpgsql as $$
begin
  for i in array_lower(list, 1)..array_upper(list, 1) loop
    if list[i] = x then
      return i;
    end if;
  end loop;
  return 0;
end
$$;
create function added(list anyarray, x anyelement) returns anyarray language plpgsql as $$
declare
  result list%type := list || x;
  y x%type;
begin
  foreach y in array list loop
    result := array_append(result, y);
  end loop;
  return result;
end
$$;
create function field_of(r anyelement, name text) returns text language plpgsql as $$
declare
  said text;
begin
  execute format('select ($1).%I::text', name) into said using r;
  return coalesce(said, (to_jsonb(r) ->> name));
end
$$;
create function width(r anyrange) returns text language plpgsql as $$
begin
  return upper(r) - lower(r);
end
$$;
create function label(e anyenum) returns text language plpgsql as $$
begin
  return upper(e::text) || array_length(enum_range(e), 1);
end
$$;
create function shown(variadic list anyarray) returns text language plpgsql as $$
begin
  return array_to_string(list, ',');
end
$$;
create type mood as enum ('sad', 'ok');
-- run
select clamp(5, 1, 3), clamp('a'::text, 'b', 'c'), position_of(array['a', 'b'], 'b'), added(array[1], 2), width('[1,5)'::int4range), label('ok'::mood), shown(1, 2), shown('a'::text);
