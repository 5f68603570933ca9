create table account (id integer primary key, name text);
create function f() returns void language plpgsql as $$
declare
  accounts cursor for select * from account for update;
begin
  for one in accounts loop
    update account set nam = 'x' where current of accounts; -- fault[nam]: column "nam" of relation "account" does not exist
  end loop;
end
$$;
insert into account values (1, 'a');
-- run
select f();
