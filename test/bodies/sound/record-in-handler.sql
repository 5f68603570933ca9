create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  one record;
begin
  begin
    select id, name into strict one from account;
  exception
    when no_data_found then
      select 0 as id, 'none'::text as name into one;
    when others then
      one := null;
  end;
  return one.name;
end
$$;
-- run
select f();
