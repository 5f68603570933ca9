create table account (id integer primary key, name text);
create table archived (id integer primary key, name text, at timestamptz default now());
create function f() returns setof archived language plpgsql as $$
begin
  return query select * from account; -- fault: structure of query does not match function result type
end
$$;
insert into account values (1, 'a');
-- run
select f();
