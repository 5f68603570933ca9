create function f(a integer) returns text language plpgsql as $$
begin
  if a = 0 then
    return sqlerrm; -- fault[sqlerrm]: column "sqlerrm" does not exist
  end if;
  return 'fine';
end
$$;
-- run
select f(0);
