create function log_it(what text) returns void language plpgsql as $$ begin raise notice '%', what; end $$;
create procedure p() language plpgsql as $$
begin
  call log_it('hello'); -- fault: log_it(unknown) is not a procedure
end
$$;
-- run
call p();
