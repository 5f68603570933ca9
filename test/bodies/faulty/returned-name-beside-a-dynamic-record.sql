create table account (id integer primary key, name text);
create function f(tab text) returns setof account language plpgsql as $$
declare
  one record;
begin
  for one in execute format('select id, name from %I', tab) loop
    return next onne; -- fault[onne]: column "onne" does not exist
  end loop;
end
$$;
insert into account values (1, 'a');
-- run
select f('account');
