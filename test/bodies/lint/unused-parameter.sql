-- miss: nothing is said: unused-parameter
create function f(n integer, never_used text) returns integer language plpgsql as $$ -- note: unused-parameter
begin
  return n;
end
$$;
-- run
select f(1, 'a');
