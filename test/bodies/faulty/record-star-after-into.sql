create table account (id integer primary key, name text);
create function f() returns void language plpgsql as $$
declare
  one record;
begin
  select * into one from account;
  perform
    one.*; -- fault[one]: record type has not been registered
end
$$;
insert into account values (1, 'a');
-- run
select f();
