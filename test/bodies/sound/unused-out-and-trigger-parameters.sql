create table account (id integer primary key, name text);
create function f(out a integer, out b integer) language plpgsql as $$
begin
  a := 1;
end
$$;
create function g() returns table (id integer, name text) language plpgsql as $$
begin
  return query select 1, 'a';
end
$$;
create function h() returns trigger language plpgsql as $$
begin
  return null;
end
$$;
create procedure p(inout a integer) language plpgsql as $$
begin
  commit;
end
$$;
-- run
select f(), g();
call p(1);
