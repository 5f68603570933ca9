create procedure bump(inout n integer) language plpgsql as $$ begin n := n + 1; end $$;
create procedure p() language plpgsql as $$
declare
  d date := '2026-01-01';
begin
  call bump(d); -- fault[bump]: procedure bump(date) does not exist
end
$$;
-- run
call p();
