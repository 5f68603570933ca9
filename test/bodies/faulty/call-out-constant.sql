create procedure tell(n integer, out said text) language plpgsql as $$ begin said := n; end $$;
create procedure p() language plpgsql as $$
begin
  call tell(1,
    said => null); -- fault[null]: procedure parameter "said" is an output parameter but corresponding argument is not writable
end
$$;
-- run
call p();
