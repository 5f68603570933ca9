create table account (id integer primary key, name text);
insert into account values (1, 'a');
create function f(since integer) returns text language plpgsql as $$
declare
  one record;
  said text := '';
begin
  if since is null then
    return null;
  end if;
  create temp table scratch (like account, extra serial) on commit drop;
  insert into scratch select * from account where id >= since;
  for one in select * from scratch s join account using (id) where s.extra > 0 loop
    said := said || one.title; -- fault[one]: record "one" has no field "title"
  end loop;
  return said;
end
$$;
create function g(since integer) returns bigint language plpgsql as $$
begin
  create temp table part on commit drop as select id, since as begun from account;
  if exists (select from part p where p.begun > 1) then
    return 1;
  end if;
  return (select count(*) from part p
    where p.start > 1); -- fault[p]: column p.start does not exist
end
$$;
-- run
begin; select f(1); rollback;
begin; select g(1); rollback;
