-- minimum: 17
create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  names account.name%type[];
  rows_of account%rowtype[];
begin
  select array_agg(name) into names from account;
  select array_agg(a) into rows_of from account a;
  return names[1] || rows_of[1].name;
end
$$;
insert into account values (1, 'a');
-- run
select f();
