create table account (id integer primary key, name text);
create table archived (id integer primary key, name text);
create function f() returns void language plpgsql as $$
declare
  one record;
begin
  for one in select * from account loop
    insert into archived values (one.*); -- fault: record type has not been registered
  end loop;
end
$$;
insert into account values (1, 'a');
-- run
select f();
