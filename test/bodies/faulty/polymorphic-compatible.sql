create function larger(a anycompatible, b anycompatible) returns anycompatible language plpgsql as $$
begin
  if a > b then
    return a;
  end if;
  return bb; -- fault[bb]: column "bb" does not exist
end
$$;
-- run
select larger(1, 2.5);
