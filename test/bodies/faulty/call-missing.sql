create procedure p(a integer) language plpgsql as $$
declare
  n integer := a;
begin
  n := n + 1;
  call bmup(n); -- fault: procedure bmup(integer) does not exist
end
$$;
-- run
call p(1);
