create table account (id integer primary key, name text);
create function one_of(who integer) returns account language sql as $$ select * from account where id = who $$;
create function any_of(who integer) returns record language plpgsql as $$
declare
  r record;
begin
  select id, name into r from account where id = who;
  return r;
end
$$;
create function f() returns text language plpgsql as $$
declare
  r record;
  s record;
begin
  r := one_of(1);
  s := any_of(1);
  r := s;
  if r is null then
    return 'none';
  end if;
  return r.name || s.id;
end
$$;
insert into account values (1, 'a');
-- run
select f();
