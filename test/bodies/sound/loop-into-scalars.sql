create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  who integer;
  called text;
  said text := '';
begin
  for who, called in select id, name from account loop
    said := said || who || called;
  end loop;
  for called in insert into account values (7, 'g') returning name loop
    said := said || called;
  end loop;
  for who in select generate_series(1, 3) loop
    said := said || who;
  end loop;
  return said;
end
$$;
insert into account values (1, 'a');
-- run
select f();
