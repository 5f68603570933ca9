create schema a;
create schema b;
create table a.item (id integer, a_name text);
create table b.item (id integer, b_name text);
create function a.f() returns text language plpgsql as $$
begin
  return (select i.a_name || j.b_name from a.item i join b.item j using (id));
end
$$;
create function b.g() returns text language plpgsql set search_path = b, a as $$
begin
  return (select b_name from item) || a.f() || f();
end
$$;
-- run
select a.f(), b.g();
