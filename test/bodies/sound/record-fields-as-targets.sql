create type counted as (n integer, what text);
create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  one record;
  c counted;
  cur refcursor;
begin
  select 0 as n, ''::text as what into one;
  insert into account values (1, 'a');
  get diagnostics one.n = row_count;
  get diagnostics c.n = row_count;
  select name into one.what from account;
  select id, name into c.n, c.what from account;
  execute 'select 5' into c.n;
  open cur for select name, id from account;
  fetch cur into c.what, c.n;
  close cur;
  for one.n in select id from account loop
    c.n := c.n + one.n;
  end loop;
  return one.what || c.n;
end
$$;
-- run
select f();
