create function f(n integer, never_used text) returns integer language plpgsql -- note: unused-parameter
as $$
begin
  return n;
end
$$;
-- run
select f(1, 'a');
