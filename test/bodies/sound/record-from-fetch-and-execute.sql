create table account (id integer primary key, name text);
create function f(c refcursor, query text) returns text language plpgsql as $$
declare
  r record;
  s record;
  said text := '';
begin
  execute query into s;
  said := said || s.name || (s.id + 1);
  loop
    fetch c into r;
    exit when not found;
    said := said || r.name || r.id;
  end loop;
  for r in execute query || ' limit ' || 1 loop
    said := said || r.name;
  end loop;
  return said;
end
$$;
create function g() returns text language plpgsql as $$
declare
  c refcursor;
begin
  open c for select * from account;
  return f(c, 'select id, name from account');
end
$$;
insert into account values (1, 'a');
-- run
select g();
