create type mood as enum ('sad', 'ok');
create function next_of(e anyenum) returns anyenum language plpgsql as $$
begin
  return (select x from unnest(enum_range(e, null)) with ordinality as u (x, n) where n = 2);
end
$$;
create function count_of(anynonarray) returns integer language plpgsql as $$
declare
  it alias for $1;
begin
  if it is null then
    return 0;
  end if;
  return 1;
end
$$;
-- run
select next_of('sad'::mood), count_of(3);
