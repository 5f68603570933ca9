create table account (id integer primary key, name text);
create function f() returns table (who integer, called text, opened date) language plpgsql as $$
begin
  return query select a.id, a.name from account a; -- fault: structure of query does not match function result type
end
$$;
insert into account values (1, 'a');
-- run
select f();
