create table account (id bigint primary key, name text);
create function f() returns setof integer language plpgsql as $$
begin
  return query select id from account; -- fault: structure of query does not match function result type
end
$$;
insert into account values (1, 'a');
-- run
select f();
