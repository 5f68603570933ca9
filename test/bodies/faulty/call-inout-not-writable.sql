create procedure bump(inout n integer) language plpgsql as $$ begin n := n + 1; end $$;
create procedure p(a integer) language plpgsql as $$
begin
  call bump(a + 1); -- fault: procedure parameter "n" is an output parameter but corresponding argument is not writable
end
$$;
-- run
call p(1);
