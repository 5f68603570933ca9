create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  a integer;
  b text;
  one account;
begin
  values (1, 'x') into a, b;
  one := (select x from (table account) x limit 1);
  values (a + 1) into a;
  for a, b in values (1, 'x'), (2, 'y') loop
    one.name := concat(one.name, b);
  end loop;
  return a || one.name;
end
$$;
-- run
select f();
