create function f(tab text) returns void language plpgsql as $$
begin
  execute format('select 1 from %I', tab) || limt; -- fault[limt]: column "limt" does not exist
end
$$;
-- run
select f('pg_class');
