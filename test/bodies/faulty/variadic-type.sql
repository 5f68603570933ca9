create function longest(variadic words text[]) returns text language sql as $$ select max(w) from unnest(words) w $$;
create function f(a text, b integer) returns text language plpgsql as $$
begin
  return longest(a, b); -- fault[longest]: function longest(text, integer) does not exist
end
$$;
-- run
select f('a', 1);
