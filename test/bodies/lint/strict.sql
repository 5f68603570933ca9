create function added(a integer, b integer) returns integer language plpgsql as $$
declare
  sum integer;
begin
  if b is null or added.a is null then -- note: strict
    return null;
  end if;
  sum := a + b;
  return sum;
end
$$;
create function shout(a text) returns text language plpgsql immutable parallel safe as $$
begin
  if a is null then return NULL; end if; -- note: strict
  return upper(a);
end
$$;
-- run
select added(1, null), shout(null);
