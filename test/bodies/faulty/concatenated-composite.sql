create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  one account;
begin
  return one.name - one.id; -- fault[-]: operator does not exist: text - integer
end
$$;
-- run
select f();
