create table account (id integer primary key, name text);
create function f() returns integer language plpgsql as $$
declare
  n integer;
begin
  delete from account where id = 1;
  get diagnostics n = rows_affected; -- fault: unrecognized GET DIAGNOSTICS item
  return n;
end
$$;
-- run
select f();
