create function f(n integer) returns text language plpgsql as $$
declare
  a integer[] := '{}';
  m integer[][] := array[[1, 2], [3, 4]];
  words text[] := array['a', 'b'];
  empty date[] := array[]::date[];
begin
  a[n] := 1;
  a[n + 1] := a[n] + n;
  a[1:2] := array[7, 8];
  m[1][2] := 9;
  words := words || 'c'::text;
  words := array_append(words, 'd');
  words[array_length(words, 1)] := 'z';
  a := a || 3;
  a := (select array_agg(x order by x) from unnest(a) x);
  empty := empty || current_date;
  if 7 = any (a) and words @> array['a'] and cardinality(empty) = 1 then
    return array_to_string(m[1:2][1:1], ',') || words[1] || a[1];
  end if;
  return null;
end
$$;
-- run
select f(1);
