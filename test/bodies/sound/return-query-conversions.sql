create table account (id integer primary key, name varchar(20), balance numeric(10, 2));
create domain label as text;
create function a() returns table (x bigint, y text, z numeric) language plpgsql as $$
begin
  return query select id::bigint, name::text, balance from account;
  return query select 1::bigint, 'a', 2.5;
  return query select null::bigint, null, null::numeric;
  return query values (1::bigint, 'x', 2.0);
end
$$;
create function b() returns setof varchar language plpgsql as $$
begin
  return query select name from account;
  return query select 'x'::varchar(3);
end
$$;
create function c() returns setof numeric(5, 2) language plpgsql as $$
begin
  return query select balance from account;
  return next 5;
end
$$;
create function d() returns setof record language plpgsql as $$
begin
  return query select 1, 'a'::text;
end
$$;
create function e(out x integer, out y text) returns setof record language plpgsql as $$
begin
  return query select id, name::text from account;
end
$$;
-- run
select a();
select b(), c(), e();
select * from d() as (x integer, y text);
