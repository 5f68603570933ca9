create table account (id integer primary key, name text);
create function f() returns void language plpgsql as $$
begin
  update account set name = 'a', name = 'b'; -- fault: multiple assignments to same column "name"
end
$$;
-- run
select f();
