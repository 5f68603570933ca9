create table account (id integer primary key, name text, closed boolean);
create view open_account as select id, name from account where not closed;
create function f() returns integer language plpgsql as $$
begin
  return (select min(id) from open_account
    where not closed); -- fault[closed]: column "closed" does not exist
end
$$;
-- run
select f();
