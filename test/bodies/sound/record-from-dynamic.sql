create table account (id integer primary key, name text);
create function f(tab regclass) returns text language plpgsql as $$
declare
  one record;
  said text := '';
begin
  execute format('select * from %s limit 1', tab) into one;
  said := said || one.name;
  for one in execute format('select id as number, name as called from %s', tab) loop
    said := said || one.number || one.called;
  end loop;
  return said;
end
$$;
insert into account values (1, 'a');
-- run
select f('account');
