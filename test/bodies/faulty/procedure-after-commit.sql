create table account (id integer primary key, balance numeric);
create procedure p() language plpgsql as $$
begin
  update account set balance = 0;
  commit;
  update account set balanec = 1; -- fault[balanec]: column "balanec" of relation "account" does not exist
end
$$;
-- run
call p();
