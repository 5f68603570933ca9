create table account (id integer primary key, name text);
create function f() returns integer language plpgsql as $$
declare
  one record;
  n integer := 0;
begin
  for one in select id, name from account loop
    select max(a.id) into n from account a where a.id > (one).id; -- fault: could not identify column "id" in record data type
  end loop;
  return n;
end
$$;
insert into account values (1, 'a');
-- run
select f();
