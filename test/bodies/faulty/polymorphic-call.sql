create function same(a anyelement, b anyelement) returns boolean language sql as $$ select a = b $$;
create function f(a integer, b date) returns boolean language plpgsql as $$
begin
  return same(a, b); -- fault[same]: function same(integer, date) does not exist
end
$$;
-- run
select f(1, '2026-01-01');
