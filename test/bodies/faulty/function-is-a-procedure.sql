create procedure log_it(what text) language plpgsql as $$ begin raise notice '%', what; end $$;
create function f() returns void language plpgsql as $$
begin
  perform log_it('hello'); -- fault[log_it]: log_it(unknown) is a procedure
end
$$;
-- run
select f();
