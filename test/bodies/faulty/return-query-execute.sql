create table account (id integer primary key, name text);
create function f() returns table (who integer) language plpgsql as $$
begin
  return query execute 'select id, name from account'; -- fault: structure of query does not match function result type
end
$$;
insert into account values (1, 'a');
-- run
select f();
