create table account (id integer);
create procedure p() language plpgsql security definer -- warning: definer-path
as $$
begin
  delete from account;
end
$$;
-- run
call p();
