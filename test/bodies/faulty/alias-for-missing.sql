create function f(integer, text) returns text language plpgsql as $$
declare
  who alias for $1;
  called alias for $3; -- fault: variable "$3" does not exist
begin
  return called || who;
end
$$;
-- run
select f(1, 'a');
