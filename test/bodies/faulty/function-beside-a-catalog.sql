create function f(tab name) returns text language plpgsql as $$
declare
  said text;
begin
  select relname into said from pg_class where relname = tab;
  if found then
    return quote_idnt(said); -- fault[quote_idnt]: function quote_idnt(text) does not exist
  end if;
  return null;
end
$$;
-- run
select f('pg_class');
