create function first_of(list anyarray) returns anyelement language sql immutable as $$ select list[1] $$;
create function pick(a anyelement, b anyelement) returns anyelement language sql immutable as $$ select coalesce($1, $2) $$;
create function exploded(list anyarray) returns table (x anyelement, n bigint) language sql as $$
  select * from unnest(list) with ordinality
$$;
create function appended(list anycompatiblearray, x anycompatible) returns anycompatiblearray language sql as $$ select list || x $$;
-- run
select first_of(array[1]), pick('a'::text, 'b'), exploded(array['x']), appended(array[1], 2.5);
