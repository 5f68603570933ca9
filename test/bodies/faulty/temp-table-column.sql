create function f() returns integer language plpgsql as $$
declare
  n integer;
begin
  create temp table scratch (id integer, name text) on commit drop;
  insert into scratch values (1, 'a');
  select count(*) into n from scratch where title = 'a'; -- fault[title]: column "title" does not exist
  return n;
end
$$;
-- run
select f();
