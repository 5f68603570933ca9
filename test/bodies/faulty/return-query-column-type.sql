create table account (id integer primary key, name text, opened timestamptz);
create function f() returns table (who integer, called text, since date) language plpgsql as $$
begin
  return query select a.id, a.name, a.opened from account a; -- fault: structure of query does not match function result type
end
$$;
insert into account values (1, 'a', now());
-- run
select f();
