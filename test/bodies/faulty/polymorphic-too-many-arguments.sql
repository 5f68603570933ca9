create function pick(a anyelement, b anyelement) returns anyelement language plpgsql as $$
begin
  return coalesce_of(a, b); -- fault[coalesce_of]: function coalesce_of(integer, integer) does not exist
end
$$;
-- run
select pick(1, 2);
