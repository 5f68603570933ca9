create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  a integer;
  b text;
  c text;
begin
  select id into a from account;
  select id, name, 'x' into a, b, c from account;
  a := (select max(id) from account);
  if (select count(*) from account) > 0 then
    return a || b || c;
  end if;
  return null;
end
$$;
insert into account values (1, 'a');
-- run
select f();
