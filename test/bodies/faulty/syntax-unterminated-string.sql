create function f(n integer) returns text language plpgsql as $$
begin
  return 'it's'; -- fault: unterminated quoted string | syntax error
end
$$;
-- run
select f(1);
