create table account (id integer primary key, name varchar(40));
create function f() returns table (who integer, called text) language plpgsql as $$
begin
  return query select a.id, a.name from account a order by 2; -- fault: structure of query does not match function result type
end
$$;
insert into account values (1, 'a');
-- run
select f();
