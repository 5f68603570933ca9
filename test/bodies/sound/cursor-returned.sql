create table account (id integer primary key, name text);
create function f(a refcursor, b refcursor) returns setof refcursor language plpgsql as $$
begin
  open a for select * from account;
  return next a;
  open b no scroll for select count(*) from account;
  return next b;
end
$$;
create function g() returns refcursor language plpgsql as $$
declare
  c refcursor := 'named';
begin
  open c for select name from account;
  return c;
end
$$;
-- run
begin;
select f('x', 'y');
fetch all from x;
select g();
fetch all from named;
commit;
