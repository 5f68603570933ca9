create table account (id integer primary key, name text, closed boolean default false);
create view open_account as select id, name from account where not closed;
create materialized view counts as select name, count(*) as n from account group by name;
create unique index counts_key on counts (name);
create function f() returns text language plpgsql as $$
declare
  one open_account;
  n counts.n%type;
begin
  insert into open_account (id, name) values (1, 'a');
  update open_account set name = 'b' where id = 1 returning * into one;
  refresh materialized view counts;
  refresh materialized view concurrently counts;
  select c.n into n from counts c where c.name = one.name;
  return one.name || n;
end
$$;
-- run
select f();
