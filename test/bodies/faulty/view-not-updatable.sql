create table account (id integer primary key, name text, closed boolean);
create view per_name as select name, count(*) as n from account group by name;
create function f() returns void language plpgsql as $$
begin
  update per_name set n = 1; -- fault: cannot update view "per_name"
end
$$;
-- run
select f();
