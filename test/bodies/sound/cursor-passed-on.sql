create table account (id integer primary key, name text);
create function read_it(c refcursor) returns text language plpgsql as $$
declare
  one record;
  said text := '';
begin
  loop
    fetch c into one;
    exit when not found;
    said := said || one.name;
  end loop;
  return said;
end
$$;
create function f() returns text language plpgsql as $$
declare
  c refcursor;
begin
  open c for select * from account order by id;
  return read_it(c);
end
$$;
insert into account values (1, 'a'), (2, 'b');
-- run
select f();
