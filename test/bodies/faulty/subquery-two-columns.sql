create table account (id integer primary key, balance numeric);
create function f() returns integer language plpgsql as $$
begin
  return
    (select id, balance from account limit 1); -- fault[(]: subquery must return only one column
end
$$;
-- run
select f();
