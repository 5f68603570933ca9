create table account (id integer primary key, name text);
create function f(tab text) returns integer language plpgsql as $$
declare
  one record;
begin
  for one in execute format('select id, name from %I', tab) loop
    if one.id > lowest then -- fault[lowest]: column "lowest" does not exist
      return one.id;
    end if;
  end loop;
  return 0;
end
$$;
insert into account values (1, 'a');
-- run
select f('account');
