create function first_of(list anyarray, other anyelement default null) returns anyelement language plpgsql as $$
declare
  x other%type;
  again list%type;
begin
  again := list || other;
  x := again[1];
  if x is null then
    return other;
  end if;
  return x;
end
$$;
create function larger(a anycompatible, b anycompatible) returns anycompatible language plpgsql as $$
begin
  if a > b then
    return a;
  end if;
  return b;
end
$$;
create function pairs(a anyelement, out b anyelement, out c anyarray) language plpgsql as $$
begin
  b := a;
  c := array[a, a];
end
$$;
create function lower_of(r anyrange) returns anyelement language plpgsql as $$
begin
  return coalesce(lower(r), upper(r));
end
$$;
create function f() returns text language plpgsql as $$
begin
  return first_of(array[1, 2], 3) || first_of('{a}'::text[], 'b') || larger(1, 2.5) || larger('a'::text, 'b') || (pairs(1)).c[1] || lower_of('[1,2]'::int4range);
end
$$;
-- run
select f();
