create type mood as enum ('sad', 'ok');
create function a(x integer, y text) returns text language plpgsql immutable as $$
begin
  return format('%s-%s', x, y) || concat(x, y) || concat_ws(',', x, y) || quote_literal(x);
end
$$;
create function b(x integer, y text) returns jsonb language sql immutable as $$
  select jsonb_build_object('x', x, 'y', y) || to_jsonb(y) || jsonb_build_array(x)
$$;
create function c(x text[]) returns text language sql immutable as $$ select array_to_string(x, ',') $$;
create function d(x mood) returns text language sql immutable as $$ select x::text $$;
create function e(x text) returns boolean language plpgsql immutable as $$
begin
  raise notice 'x: %', x;
  if x !~ '^[a-z]+$' then
    raise exception 'bad: %', x;
  end if;
  return true;
end
$$;
create function g(x jsonb) returns integer language plpgsql immutable as $$
declare
  k text;
  n integer := 0;
begin
  for k in select jsonb_object_keys(x) loop
    n := n + length(k);
  end loop;
  return n + (select count(*) from unnest(array[1, 2]) u) + (select sum(i) from generate_series(1, 3) i);
end
$$;
-- run
select a(1, 'x'), b(1, 'y'), c('{a,b}'), d('ok'), e('abc'), g('{"a": 1}');
