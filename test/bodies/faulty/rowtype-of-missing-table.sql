create function f(who integer) returns integer language plpgsql as $$
declare
  one -- or here
    acount%rowtype; -- fault: relation "acount" does not exist
begin
  return 1;
end
$$;
-- run
select f(1);
