create procedure note(a integer, b text default 'x') language plpgsql as $$ begin raise notice '% %', a, b; end $$;
create procedure p() language plpgsql as $$
begin
  call note(1, 'y');
  call note(a => 1, c => 'y'); -- fault[note]: procedure note(a => integer, c => unknown) does not exist
end
$$;
-- run
call p();
