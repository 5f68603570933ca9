create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  line text;
  said text := '';
  one record;
begin
  for line in explain (costs off) select * from account where id = 1 loop
    said := said || line;
  end loop;
  for one in show work_mem loop
    said := said || one.work_mem;
  end loop;
  for line in execute 'explain select 1' loop
    said := said || line;
  end loop;
  return said;
end
$$;
-- run
select f();
