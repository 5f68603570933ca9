create procedure p() language plpgsql as $$
begin
  savepoint a; -- fault: unsupported transaction command in PL/pgSQL
end
$$;
-- run
call p();
