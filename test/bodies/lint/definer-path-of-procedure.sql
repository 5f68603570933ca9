-- miss: nothing is said: definer-path
create table account (id integer);
create procedure p() language plpgsql security definer as $$ -- warning: definer-path
begin
  delete from account;
end
$$;
-- run
call p();
