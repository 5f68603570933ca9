create function longest(variadic words text[]) returns text language plpgsql as $$
begin
  return (select w from unnest(words) w order by length(w) desc limit 1);
end
$$;
create function said(pattern text, variadic args "any") returns integer language internal as 'pg_num_nulls';
create function f(a text, b text[]) returns text language plpgsql as $$
begin
  return longest(a) || longest(a, 'bb', 'ccc') || longest(variadic b) || format('%s %s', a, 1) || format('%s', variadic b) || concat(a, 1, now());
end
$$;
drop function said;
-- run
select f('a', '{x,yy}');
