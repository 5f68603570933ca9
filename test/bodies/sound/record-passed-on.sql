create table account (id integer primary key, name text);
create function show(a account) returns text language sql as $$ select a.name $$;
create function f() returns text language plpgsql as $$
declare
  one record;
  two account;
begin
  select * into one from account limit 1;
  two := one;
  return show(two) || (to_jsonb(one) ->> 'name') || (two).name || show(row(3, 'x'));
end
$$;
insert into account values (1, 'a');
-- run
select f();
