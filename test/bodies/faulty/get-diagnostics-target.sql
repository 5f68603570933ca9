create table account (id integer primary key, name text);
create function f() returns integer language plpgsql as $$
begin
  delete from account where id = 1;
  get diagnostics n = row_count; -- fault[n]: "n" is not a known variable
  return 1;
end
$$;
-- run
select f();
