create table account (id integer primary key, name text);
create function f() returns setof account language plpgsql as $$
declare
  one account;
begin
  create temp table result on commit drop as select * from account with no data;
  insert into result values (1, 'a');
  for one in select * from result loop
    return next one;
  end loop;
  return query select * from result;
end
$$;
-- run
select f();
