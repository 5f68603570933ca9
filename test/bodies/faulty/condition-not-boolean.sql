create function f(a integer) returns text language plpgsql as $$
declare
  who point := '(1,2)';
begin
  if a > 0 and who then -- fault[who]: argument of AND must be type boolean, not type point
    return 'yes';
  end if;
  return 'no';
end
$$;
-- run
select f(1);
