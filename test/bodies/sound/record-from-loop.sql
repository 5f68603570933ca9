create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  one record;
  said text := '';
begin
  for one in select a.id, a.name as called, count(*) over () as n from account a order by a.id loop
    said := said || one.called || one.n || (one.id + 1)::text;
  end loop;
  return said;
end
$$;
insert into account values (1, 'a');
-- run
select f();
